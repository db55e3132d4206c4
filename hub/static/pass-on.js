// Goes on to a notebook that is ready. The page still loads, so that its place in the history becomes the notebook's.
const form = document.getElementById('enter')
// In a narrow window JupyterLab opens without its file browser.
if (innerWidth < 640) form.insertAdjacentHTML('beforeend', '<input type="hidden" name="narrow" value="1">')
form.submit()
