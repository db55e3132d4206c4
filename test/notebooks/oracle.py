"""Answers what the real Jupytext and nbformat do: one question a line, one answer a line, in JSON."""

import json
import sys
import warnings

import jupytext
import nbformat

warnings.simplefilter("ignore")


def cells(notebook):
    return [[cell["cell_type"], cell["source"]] for cell in notebook.cells]


def notebook_of(pairs):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell, "raw": nbformat.v4.new_raw_cell}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    found = [make[kind](source, metadata=metadata) for kind, source, metadata in pairs]
    return nbformat.v4.new_notebook(cells=found, metadata={"kernelspec": kernel})


def answer(question):
    act = question["act"]
    if act == "read":
        return cells(jupytext.reads(question["text"], fmt=question["format"]))
    if act == "write":
        return jupytext.writes(notebook_of(question["cells"]), fmt=question["format"])
    if act == "save":
        # What a save in JupyterLab does: the file is read, goes to the browser and back as JSON, and is written.
        notebook = jupytext.reads(question["text"], fmt=question["format"])
        notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
        return jupytext.writes(notebook, fmt=question["format"])
    if act == "validate":
        notebook = nbformat.reads(question["text"], as_version=4)
        nbformat.validate(notebook)
        return cells(notebook)
    raise ValueError(act)


for line in sys.stdin:
    try:
        print(json.dumps({"answer": answer(json.loads(line))}), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
