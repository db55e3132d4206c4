import marimo
app = marimo.App()

@app.cell
def _():
    import marimo as mo
    n = mo.ui.slider(0, 100, value=7, label="number")
    n
    return mo, n

@app.cell
def _(mo, n):
    mo.md(f"double is **{2 * n.value}**")
    return

if __name__ == "__main__":
    app.run()
