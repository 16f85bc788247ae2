// Suggestions while typing in a search field: an editable combobox with a list, as the ARIA
// Authoring Practices have it. Without this module the form asks the server, which answers as well.

const MOST = 8
const PAUSE_MS = 120

let fields = 0

function enhance(input) {
  const id = `suggestions-${++fields}`
  const list = document.createElement('ul')
  list.className = 'suggestions'
  list.id = id
  list.hidden = true
  list.setAttribute('role', 'listbox')
  list.setAttribute('aria-label', 'Places')
  const said = document.createElement('div')
  said.className = 'hidden'
  said.setAttribute('role', 'status')
  input.form.append(list, said)
  input.setAttribute('role', 'combobox')
  input.setAttribute('aria-autocomplete', 'list')
  input.setAttribute('aria-expanded', 'false')
  input.setAttribute('aria-controls', id)

  let at = -1
  let waiting
  let asking

  function close() {
    list.hidden = true
    at = -1
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }

  function stop() {
    clearTimeout(waiting)
    asking?.abort()
  }

  function mark(index) {
    const options = list.children
    if (options.length === 0) return
    options[at]?.setAttribute('aria-selected', 'false')
    at = (index + options.length) % options.length
    options[at].setAttribute('aria-selected', 'true')
    options[at].scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', options[at].id)
  }

  function go(area) {
    const edition = new URLSearchParams(location.search).get('edition')
    const to = new URL(`/places/${encodeURIComponent(area.area_code)}`, location.origin)
    if (edition) to.searchParams.set('edition', edition)
    location.assign(to)
  }

  function show(areas) {
    list.replaceChildren(
      ...areas.map((area, i) => {
        const option = document.createElement('li')
        option.id = `${id}-${i}`
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', 'false')
        option.textContent = area.area_name
        const detail = document.createElement('small')
        const found = area.relation
          ? `${area.found}, ${area.relation}; `
          : area.found !== area.area_name ? `also ${area.found}; ` : ''
        detail.textContent = `${found}${area.type}, ${area.region}`
        option.append(detail)
        option.addEventListener('click', () => go(area))
        option.addEventListener('pointerdown', (event) => event.preventDefault())
        option.area = area
        return option
      })
    )
    at = -1
    input.removeAttribute('aria-activedescendant')
    list.hidden = areas.length === 0
    input.setAttribute('aria-expanded', String(areas.length > 0))
    const count = areas.length === 1 ? '1 place' : `${areas.length} places`
    said.textContent = areas.length ? `${count}. Use up and down arrows to choose.` : 'No place of that name.'
  }

  async function ask() {
    const query = input.value.trim()
    if (query.length < 2) {
      said.textContent = ''
      return close()
    }
    asking = new AbortController()
    try {
      const url = `/api/v1/areas?q=${encodeURIComponent(query)}&limit=${MOST}`
      const answer = await fetch(url, { signal: asking.signal, headers: { accept: 'application/json' } })
      if (!answer.ok) return close()
      const body = await answer.json()
      show(body.items.slice(0, MOST))
    } catch {
      close() // stopped by the next letter, or no answer: the form still works
    }
  }

  input.addEventListener('input', () => {
    stop()
    waiting = setTimeout(ask, PAUSE_MS)
  })

  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !list.hidden) {
      stop()
      close()
    } else if (event.key === 'ArrowDown' && !list.hidden) {
      mark(at + 1)
    } else if (event.key === 'ArrowUp' && !list.hidden) {
      mark(at < 0 ? -1 : at - 1)
    } else if (event.key === 'ArrowDown') {
      ask()
    } else if (event.key === 'Enter' && at >= 0) {
      go(list.children[at].area)
    } else {
      return
    }
    event.preventDefault()
  })

  input.addEventListener('blur', () => {
    stop()
    close()
  })
}

function begin() {
  document.querySelectorAll('input[data-suggest]:not([role])').forEach(enhance)
}

document.addEventListener('parts', begin)
begin()
