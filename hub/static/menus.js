// Closes a menu when a person presses something else, or Escape. Without script its own button closes it.
function closeMenus(isToClose) {
  for (const menu of document.querySelectorAll('.menu[open]')) if (isToClose(menu)) menu.open = false
}

addEventListener('pointerdown', ({ target }) => closeMenus((menu) => !menu.contains(target)))
addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  const focused = document.activeElement?.closest('.menu[open]')
  closeMenus(() => true)
  focused?.querySelector('summary').focus()
})
