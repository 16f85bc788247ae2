// Choosing and sorting without a reload: the page that a link or the form would lead to is asked
// for, and its parts (data-part) take the place of ours. The server stays the only one that ranks.
// Whoever enhances a part listens to the document's event `parts`.

let asking

async function show(url, focused) {
  asking?.abort()
  asking = new AbortController()
  const answer = await fetch(url, { signal: asking.signal, headers: { accept: 'text/html' } })
  if (!answer.ok) throw new Error(answer.statusText)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of document.querySelectorAll('[data-part]')) {
    const fresh = page.getElementById(part.id)
    if (fresh) part.replaceWith(document.adoptNode(fresh))
  }
  document.title = page.title
  document.dispatchEvent(new Event('parts'))
  history.replaceState(null, '', url)
  if (focused) document.getElementById(focused)?.focus()
  const caption = document.querySelector('[data-part] caption')
  said.textContent = caption ? caption.textContent : ''
}

// Where it cannot be shown in place, the browser goes there.
function go(url, focused) {
  show(url, focused).catch((error) => {
    if (error.name !== 'AbortError') location.assign(url)
  })
}

const said = document.createElement('div')
said.className = 'hidden'
said.setAttribute('role', 'status')
document.body.append(said)

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-part] a.sort')
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  event.preventDefault()
  go(link.href, link.id)
})

function chosen(form) {
  const url = new URL(form.action)
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value)
  // The order is of the table that is shown, not of the one that came with the page.
  const now = new URLSearchParams(location.search)
  for (const name of ['sort', 'order']) {
    url.searchParams.delete(name)
    if (now.has(name)) url.searchParams.set(name, now.get(name))
  }
  return url.href
}

// Of the document, for the form may be replaced (live.js).
const filters = (event) => event.target.closest('form.filters')

document.addEventListener('change', (event) => {
  if (filters(event)) go(chosen(filters(event)))
})
document.addEventListener('submit', (event) => {
  if (!filters(event)) return
  event.preventDefault()
  go(chosen(filters(event)))
})
