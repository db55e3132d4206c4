// Closes a menu when a person presses something else, goes on by Tab, or presses Escape. Without script its own button closes it.
function closeMenus(isToClose) {
  for (const menu of document.querySelectorAll('.menu[open]')) if (isToClose(menu)) menu.open = false
}

// A dialog that a menu has opened gives the focus back to what is in the menu, which must still be there then.
const isInDialog = (element) => element.closest('dialog') !== null

addEventListener('pointerdown', ({ target }) => {
  if (!isInDialog(target)) closeMenus((menu) => !menu.contains(target))
})
addEventListener('focusin', ({ target }) => {
  if (!isInDialog(target)) closeMenus((menu) => !menu.contains(target))
})
addEventListener('keydown', ({ key, target }) => {
  if (key !== 'Escape' || isInDialog(target)) return
  const focused = document.activeElement?.closest('.menu[open]')
  closeMenus(() => true)
  focused?.querySelector('summary').focus()
})
