// What is under the pointer or has the focus, told beside it; bands and regions shown alone; arrow
// keys from place to place. Without this module each shape is a link with its title, and the table
// below the map is the way by keyboard.

import './table.js'

const tip = document.createElement('div')
tip.className = 'tip'
tip.hidden = true
document.body.append(tip)

function tell(place) {
  const box = place.getBoundingClientRect()
  tip.textContent = place.getAttribute('aria-label')
  tip.hidden = false
  const left = Math.min(box.right + 8, document.documentElement.clientWidth - tip.offsetWidth - 4)
  tip.style.left = `${Math.max(4, left) + scrollX}px`
  tip.style.top = `${box.bottom + 4 + scrollY}px`
}

function hush() {
  tip.hidden = true
}

// Of the places in that direction, the one that is nearest, sideways counting double.
function next(places, from, key) {
  const { x, y } = from.middle
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  const [dx, dy] = ways[key]
  let best
  let least = Infinity
  for (const place of places) {
    const ahead = (place.middle.x - x) * dx + (place.middle.y - y) * dy
    if (place === from || ahead <= 0) continue
    const aside = Math.abs((place.middle.x - x) * dy) + Math.abs((place.middle.y - y) * dx)
    const distance = ahead + 2 * aside
    if (distance < least) {
      least = distance
      best = place
    }
  }
  return best
}

function enhance(figure) {
  const map = figure.querySelector('svg.map')
  const places = [...map.querySelectorAll('a')]
  if (places.length === 0) return
  for (const place of places) {
    const title = place.querySelector('title')
    place.setAttribute('aria-label', title.textContent)
    title.remove() // else the browser shows a second tooltip
    const box = place.getBBox()
    place.middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }

  // One stop for the tab key: the place of most need at first, then the one that was left.
  let stop = places[0]
  stop.setAttribute('tabindex', '0')
  map.addEventListener('focusin', (event) => {
    const place = event.target.closest('a')
    if (!place) return
    stop.setAttribute('tabindex', '-1')
    stop = place
    stop.setAttribute('tabindex', '0')
    tell(place)
  })
  map.addEventListener('focusout', hush)
  map.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return hush()
    if (!event.key.startsWith('Arrow') || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    next(places, stop, event.key)?.focus()
  })
  map.addEventListener('pointerover', (event) => {
    const place = event.target.closest('a')
    if (place) tell(place)
  })
  map.addEventListener('pointerleave', hush)
}

// A button for each band and each region, which shows its places alone until it is pressed again.
// Which one is pressed stands after the # of the address, so that a link brings it along.
function highlight(figures) {
  const asked = location.hash
  let pressed

  function choose(button, matches) {
    pressed?.setAttribute('aria-pressed', 'false')
    pressed = pressed === button ? undefined : button
    pressed?.setAttribute('aria-pressed', 'true')
    history.replaceState(history.state, '', location.pathname + location.search + (pressed?.dataset.link ?? ''))
    for (const figure of figures)
      for (const place of figure.querySelectorAll('svg.map a'))
        place.classList.toggle('faint', pressed !== undefined && !matches(place))
  }

  function button(only, content, matches) {
    const made = document.createElement('button')
    made.type = 'button'
    made.dataset.link = `#only=${encodeURIComponent(only)}`
    made.className = 'quiet'
    made.setAttribute('aria-pressed', 'false')
    made.append(...content)
    made.addEventListener('click', () => choose(made, matches))
    made.addEventListener('pointerenter', (event) => {
      if (event.pointerType === 'mouse' && !pressed)
        for (const figure of figures)
          for (const place of figure.querySelectorAll('svg.map a')) place.classList.toggle('faint', !matches(place))
    })
    made.addEventListener('pointerleave', () => {
      if (!pressed)
        for (const place of document.querySelectorAll('svg.map a.faint')) place.classList.remove('faint')
    })
    if (asked === made.dataset.link) choose(made, matches)
    return made
  }

  for (const figure of figures)
    for (const entry of figure.querySelectorAll('.legend li[data-band]')) {
      const band = entry.dataset.band
      const name = entry.querySelector('.band').textContent
      entry.append(button(name, [...entry.childNodes], (place) => place.dataset.band === band))
    }
  const regions = [...new Set([...figures[0].querySelectorAll('svg.map a')].map((place) => place.dataset.region))]
  if (regions.length < 2) return
  const list = document.createElement('ul')
  list.className = 'legend'
  list.setAttribute('aria-label', 'Show one region')
  for (const region of regions.filter(Boolean).sort()) {
    const entry = document.createElement('li')
    entry.append(button(region, [region], (place) => place.dataset.region === region))
    list.append(entry)
  }
  figures[0].parentElement.before(list)
}

function begin() {
  const figures = [...document.querySelectorAll('figure.chart')].filter((figure) => figure.querySelector('svg.map a'))
  hush()
  figures.forEach(enhance)
  if (figures.length) highlight(figures)
}

document.addEventListener('parts', begin)
begin()
