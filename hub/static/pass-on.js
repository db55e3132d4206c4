// Goes on to a notebook that is ready. The page still loads, so that its place in the history becomes the notebook's.
document.getElementById('enter').submit()
