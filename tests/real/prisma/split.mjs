// Engines from Prisma 7.4 on send each statement of a migration on its own, unless sqlparser cannot parse the whole script.

const PASSED_OVER = [
  /^--[^\n]*/,
  /^"(?:[^"]|"")*"/,
  /^[eE]'(?:[^'\\]|\\[\s\S]|'')*'/,
  /^'(?:[^']|'')*'/,
  /^(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1/,
]

function blockComment(text) {
  let depth = 0, end = 0
  do {
    const step = text.startsWith('/*', end) ? 1 : text.startsWith('*/', end) ? -1 : 0
    depth += step
    end += step ? 2 : 1
  } while (depth && end < text.length)
  return text.slice(0, end)
}

function piece(rest) {
  if (rest.startsWith('/*')) return blockComment(rest)
  for (const pattern of PASSED_OVER) {
    const found = rest.match(pattern)
    if (found) return found[0]
  }
  return rest[0]
}

const withoutComments = text => text.replace(/--[^\n]*/g, '').replace(/\/\*[\s\S]*?\*\//g, '')

function statements(script) {
  const found = []
  let current = ''
  for (let at = 0; at < script.length;) {
    const next = piece(script.slice(at))
    current += next
    at += next.length
    if (next === ';') {
      found.push(current)
      current = ''
    }
  }
  return [...found, current].filter(text => !['', ';'].includes(withoutComments(text).trim())).map(text => text.trim())
}

let parse

async function parseable(script) {
  if (!parse) {
    const parser = await import('@guanmingchiu/sqlparser-ts')
    await parser.init()
    parse = parser.parse
  }
  try {
    parse(script, 'postgresql')
    return true
  } catch {
    return false
  }
}

export async function split(script) {
  if (process.env.ENGINE_SPLIT !== '1' || !(await parseable(script))) return [script]
  const found = statements(script)
  return found.length ? found : [script]
}
