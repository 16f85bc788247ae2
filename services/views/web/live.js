// A new edition arrives while a page is open: a line says so, and what is on the page becomes that
// edition's without a reload. Where the page is of one edition by its number, or somebody is filling
// in a form, it is left as it is, and the line offers the way.

const shown = () => Number(document.querySelector('main')?.dataset.edition ?? 0)
const pinned = () => new URLSearchParams(location.search).has('edition')

const line = document.createElement('div')
line.className = 'live'
line.setAttribute('role', 'status')

const moved = new Map() // by edition
let told = shown()

function link(words, path) {
  const made = document.createElement('a')
  made.textContent = words
  made.href = path
  return made
}

function say(edition, replaced) {
  const count = moved.get(edition)
  const places = count === undefined ? '' : `: ${count} ${count === 1 ? 'place' : 'places'} moved`
  const text = document.createElement('span')
  text.textContent = `Edition ${edition} is out${places}. `
  const way = replaced
    ? link('What changed', '/changes')
    : pinned()
      ? link('See it', '/changes')
      : link('Show it here', location.href)
  line.replaceChildren(text, way)
}

// Where on the page somebody is, in words that hold for the fresh one, too.
function place() {
  const main = document.querySelector('main')
  const at = document.activeElement
  const focus = main.contains(at) && at !== main ? at.id || at.getAttribute('href') : null
  const open = [...main.querySelectorAll('details')].map((details) => details.open)
  return { focus, open, x: scrollX, y: scrollY }
}

function restore(was) {
  const main = document.querySelector('main')
  main.querySelectorAll('details').forEach((details, i) => {
    if (was.open[i]) details.open = true
  })
  document.dispatchEvent(new Event('parts'))
  if (was.focus) {
    const found =
      document.getElementById(was.focus) ??
      [...main.querySelectorAll('a[href]')].find((way) => way.getAttribute('href') === was.focus)
    found?.focus({ preventScroll: true })
  }
  scrollTo({ left: was.x, top: was.y, behavior: 'instant' })
}

function filling() {
  const at = document.activeElement
  return at?.closest('main form') !== null && at?.matches('input, select, textarea')
}

async function replace() {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-cache' })
  if (!answer.ok) throw new Error(answer.statusText)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (filling()) return false
  const was = place()
  for (const part of ['main', '.site-footer']) {
    const fresh = page.querySelector(part)
    if (fresh) document.querySelector(part).replaceWith(document.adoptNode(fresh))
  }
  document.title = page.title
  restore(was)
  return true
}

async function take(edition) {
  if (edition <= told) return
  told = edition
  let replaced = false
  try {
    if (!pinned() && !filling()) replaced = await replace()
  } catch {
    // the line says it, and its link asks again
  }
  say(edition, replaced)
}

// What was published between the page and the stream, or while it was broken. A page of one edition
// by its number says itself that there may be a newer one: there only what comes is news.
let caughtUp = false

async function catchUp() {
  const answer = await fetch('/api/v1/editions/latest', { headers: { accept: 'application/json' } })
  if (!answer.ok) return
  const body = await answer.json()
  const newest = body.edition[0]
  moved.set(newest.edition, newest.places_moved)
  if (pinned() && !caughtUp) told = Math.max(told, newest.edition)
  caughtUp = true
  await take(newest.edition)
}

let stream

function listen() {
  if (stream) return
  stream = new EventSource('/api/v1/events/stream?type=edition.scored&type=edition.published')
  stream.addEventListener('open', () => {
    line.dataset.open = 'yes'
    catchUp().catch(() => {})
  })
  stream.addEventListener('message', (message) => {
    const event = JSON.parse(message.data)
    if (event.type === 'mindex.edition.scored') moved.set(event.data.edition, event.data.places_moved)
    if (event.type === 'mindex.edition.published') take(event.data.edition)
  })
}

function rest() {
  stream?.close()
  stream = undefined
}

// A browser has six connections to a server for all of its tabs: those that nobody sees give theirs
// back, and catch up when somebody does.
const follow = () => (document.hidden ? rest() : listen())

if (told) {
  document.querySelector('.site-header').after(line)
  document.addEventListener('visibilitychange', follow)
  addEventListener('pagehide', rest)
  addEventListener('pageshow', follow)
  follow()
}
