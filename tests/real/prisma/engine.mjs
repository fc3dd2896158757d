// Stand-in for Prisma's native `schema-engine` program, for machines that cannot download it: the same protocol on stdio,
// with all logic left to Prisma's own WASM build of that engine. Only what lies between engine and PostgreSQL is written
// here (adapter.mjs). Not reproduced of the native output: the position block and the DbError line of P3018.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import readline from 'node:readline'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { adapterFactory, request } from './adapter.mjs'
import { Known, connect, parseUrl, quoted, run } from './connection.mjs'

const wasmFolder = path.dirname(createRequire(import.meta.url).resolve(`${process.env.ENGINE_WASM_PACKAGE}/schema_engine_bg`))
const wasmVersion = JSON.parse(fs.readFileSync(path.join(wasmFolder, 'package.json'), 'utf8')).version

const panics = { message: '', set_message(value) { this.message = `RuntimeError: ${value}` }, get() { return this.message } }
globalThis.PRISMA_WASM_PANIC_REGISTRY = panics

async function loadEngine() {
  const glue = await import(path.join(wasmFolder, 'schema_engine_bg.js'))
  const wasm = new WebAssembly.Module(fs.readFileSync(path.join(wasmFolder, 'schema_engine_bg.wasm')))
  const instance = new WebAssembly.Instance(wasm, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return glue.SchemaEngine
}

// ---- arguments

const args = process.argv.slice(2)
const valuesOf = (...names) => args.flatMap((arg, i) => (names.includes(args[i - 1]) ? [arg] : []))

function datasourceArgument() {
  const given = valuesOf('--datasource')[0]
  if (!given) return {}
  try { return JSON.parse(given) } catch { return { url: given } }
}

// ---- what Prisma's schema files say about the database

function urlsIn(files) {
  const urls = {}
  for (const [, text] of files) {
    const block = text.match(/datasource\s+\w+\s*\{([\s\S]*?)\}/)?.[1] ?? ''
    for (const key of ['url', 'directUrl', 'shadowDatabaseUrl']) {
      const found = block.match(new RegExp(`^\\s*${key}\\s*=\\s*(?:env\\(\\s*"([^"]+)"\\s*\\)|"([^"]*)")`, 'm'))
      if (found) urls[key] = found[1] ? process.env[found[1]] : found[2]
    }
  }
  return urls
}

// engines before 6.6 read the folder themselves
function migrationsIn(folder) {
  const read = file => fs.readFileSync(path.join(folder, file), 'utf8')
  const attempt = file => { try { return { tag: 'ok', value: read(file) } } catch (error) { return { tag: 'error', value: error.message } } }
  const lock = attempt('migration_lock.toml')
  const entries = fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : []
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: lock.tag === 'ok' ? lock.value : null },
    shadowDbInitScript: '',
    migrationDirectories: entries.filter(entry => entry.isDirectory()).map(entry => entry.name).sort()
      .map(name => ({ path: name, migrationFile: { path: 'migration.sql', content: attempt(`${name}/migration.sql`) } })),
  }
}

// ---- one-off commands: `cli can-connect-to-database` and its like

function log(level, fields, target = 'schema_engine::logger') {
  process.stderr.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target })}\n`)
}

function checkedUrl(url) {
  try {
    return parseUrl(url)
  } catch {
    throw new Known('P1013', 'The provided database string is invalid. invalid connection string in database URL.')
  }
}

async function createDatabase(config) {
  await run({ ...config, database: 'postgres' }, `CREATE DATABASE ${quoted(config.database)}`)
  await run(config, `CREATE SCHEMA IF NOT EXISTS ${quoted(config.schema)}`)
  return `Database '${config.database}' was successfully created.`
}

const commands = {
  'can-connect-to-database': async config => { await (await connect(config)).end(); return 'Connection successful' },
  'create-database': createDatabase,
  'drop-database': async config => {
    await run({ ...config, database: 'postgres' }, `DROP DATABASE ${quoted(config.database)}`)
    return `Database '${config.database}' was successfully dropped.`
  },
}

async function runCommand(command) {
  log('INFO', { message: 'Starting schema engine CLI', git_hash: wasmVersion }, 'schema_engine')
  try {
    log('INFO', { message: await command(checkedUrl(datasourceArgument().url)) })
  } catch (error) {
    const { error_code, message, meta } = error.known ?? { message: error.message, meta: {} }
    log('ERROR', { message, is_panic: false, ...(error_code ? { error_code } : {}), meta: JSON.stringify(meta) })
    process.exitCode = 1
  }
}

// ---- JSON-RPC

class Session {
  constructor() {
    this.files = valuesOf('--datamodels', '--datamodel', '-d').map(file => [file, fs.readFileSync(file, 'utf8')])
    this.datasource = datasourceArgument()
    const urls = { ...urlsIn(this.files), ...this.datasource }
    this.url = urls.directUrl || urls.url
    this.shadowUrl = urls.shadowDatabaseUrl
  }

  engine() {
    this.started ??= this.start().catch(error => { this.started = undefined; throw error })
    return this.started
  }

  async start() {
    const config = this.url ? parseUrl(this.url) : null
    const shadow = this.shadowUrl ? parseUrl(this.shadowUrl) : null
    const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(config, shadow))
    const engine = await loadEngine()
    return engine.new({ datamodels: this.files.length ? this.files : undefined }, () => {}, factory)
  }

  // The WASM build knows no `url` target: a schema that holds only the datasource means the same.
  diffSide(side) {
    if (side.tag !== 'url') return side
    this.url = side.url
    const content = `datasource db {\n provider = "postgresql"\n url = ${JSON.stringify(side.url)}\n}`
    return { tag: 'schemaDatasource', configDir: process.cwd(), files: [{ path: 'schema.prisma', content }] }
  }

  prepareDiff(params) {
    const sides = { from: this.diffSide(params.from), to: this.diffSide(params.to) }
    for (const side of Object.values(sides)) {
      if (side.tag !== 'schemaDatasource' || !side.files) continue
      const urls = { ...urlsIn(side.files.map(file => [file.path, file.content])), ...this.datasource }
      this.url = urls.directUrl || urls.url || this.url
      this.shadowUrl ??= urls.shadowDatabaseUrl
    }
    this.shadowUrl = params.shadowDatabaseUrl || this.shadowUrl
    this.url ??= params.shadowDatabaseUrl
    return { ...params, ...sides }
  }

  async call(method, given) {
    let params = { filters: { externalTables: [], externalEnums: [] }, ...given }
    const folder = params.migrationsDirectoryPath
    if (folder) params.migrationsList ??= migrationsIn(folder)
    if (method === 'createDatabase') {
      const config = parseUrl(this.url)
      await createDatabase(config)
      return { databaseName: config.database }
    }
    if (method === 'listMigrationDirectories') return { migrations: migrationsIn(folder).migrationDirectories.map(entry => entry.path) }
    if (method === 'dbExecute') {
      await run(parseUrl(params.datasourceType?.url || this.url), params.script)
      return {}
    }
    if (method === 'diff') params = this.prepareDiff(params)
    const engine = await this.engine()
    const result = await engine[method === 'getDatabaseVersion' ? 'version' : method](params)
    if (method !== 'diff') return result ?? {}
    if (result.stdout) request.print(result.stdout)
    return { exitCode: result.exitCode }
  }
}

function notReplayable(error) {
  const missing = request.shadowFailure?.code === '42P01' && request.shadowFailure.message.match(/relation "([^"]+)" does not exist/)?.[1]
  const message = error.message.replace('external connector error\nError querying the database: ', '')
  if (!missing) return message
  return message.replace(/Error:\n[\s\S]*$/, `Error code: P1014\nError:\nThe underlying table for model \`${missing}\` does not exist.`)
}

function errorData(error) {
  if (request.method === 'applyMigrations' && request.failed && !error.code && error.message.startsWith('external connector error')) error = request.failed
  if (request.noShadow) error = request.noShadow
  if (error.known) return { is_panic: false, ...error.known }
  if (/^P\d{4}$/.test(error.code)) {
    const message = error.code === 'P3006' ? notReplayable(error) : error.message
    return { is_panic: false, message, meta: error.meta || {}, error_code: error.code }
  }
  if (error instanceof WebAssembly.RuntimeError) return { is_panic: true, message: panics.get() || error.message, backtrace: error.stack }
  return { is_panic: false, message: error.message, backtrace: null }
}

function serve() {
  const session = new Session()
  const send = message => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let printed = 1000
  request.print = content => send({ method: 'print', params: { content }, id: printed++ })

  async function answer({ id, method, params }) {
    Object.assign(request, { method, failed: null, shadowFailure: null, noShadow: null })
    try {
      send({ result: await session.call(method, params ?? {}), id })
    } catch (error) {
      send({ error: { code: 4466, message: 'An error happened. Check the data field for details.', data: errorData(error) }, id })
    }
  }

  let queue = Promise.resolve()
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity })
  lines.on('line', line => {
    const message = line.trim() ? JSON.parse(line) : {}
    // without a method it is the answer to a print
    if (message.method) queue = queue.then(() => answer(message))
  })
  lines.on('close', () => queue.finally(() => process.exit(0)))
}

const command = Object.keys(commands).find(name => args.includes(name))
if (args.includes('--version') || args.includes('-V')) console.log(`schema-engine-cli ${wasmVersion.split('.').at(-1)}`)
else if (command) await runCommand(commands[command])
else serve()
