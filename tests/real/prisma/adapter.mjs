// Prisma's driver adapter, bent to behave as the native engine does: one connection for the whole run (so that the
// advisory lock is really held), scripts by the simple protocol, a failed script reported as P3018.
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { Known, connect, quoted } from './connection.mjs'
import { split } from './split.mjs'

// catalog types that the stock adapter does not know ("char", name, their arrays, reg*), as text
const AS_TEXT = { 18: 25, 19: 25, 24: 25, 28: 25, 194: 25, 2205: 25, 2206: 25, 1002: 1009, 1003: 1009 }
for (const oid of [1002, 1003]) pg.types.setTypeParser(oid, pg.types.getTypeParser(1009))

const LOCK = /pg_advisory_lock\(72707369\)/
const WRITES_LOG = /^UPDATE .*"_prisma_migrations" SET "logs" = \$1/
const STARTS_MIGRATION = /^INSERT INTO .*"_prisma_migrations" \("id","checksum","started_at","migration_name"\)/

// what the request in hand is about; reset by the protocol for each request
export const request = { method: null, migration: null, failed: null, shadowFailure: null, noShadow: null, print: () => {} }

const lockDisabled = sql => LOCK.test(sql) && process.env.PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK
const connectionClosed = () => new DriverAdapterError({ kind: 'ConnectionClosed' })

function errorText(error) {
  const isDatabaseError = error.severity && error.code && error.length !== undefined
  if (!isDatabaseError) return { code: 'none', text: 'connection closed' }
  const lines = [`${error.severity}: ${error.message}`]
  if (error.detail) lines.push(`DETAIL: ${error.detail}`)
  if (error.hint) lines.push(`HINT: ${error.hint}`)
  return { code: error.code, text: lines.join('\n') }
}

function migrationFailed(name, error) {
  const { code, text } = errorText(error)
  return new Known('P3018',
    'A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to ' +
    'resolve migration issues in a production database: https://pris.ly/d/migrate-resolve\n\n' +
    `Migration name: ${name}\n\nDatabase error code: ${code}\n\nDatabase error:\n${text}\n`,
    { migration_name: name, database_error_code: code, database_error: text })
}

// the column holds the message of P3018 and a span trace
function logColumn(written) {
  const spans = String(written).split('\n').filter(line => /^\s+(\d+:|with |at )/.test(line)).join('\n')
  const native = spans.replace(/schema_engine_wasm::wasm::engine::ApplyMigrations\n\s+at .*$/m,
    'schema_core::state::ApplyMigrations\n             at schema-engine/core/src/state.rs:260')
  return `${request.failed.known.message}\n${native}`
}

function asTextTypes(result) {
  for (const field of result.fields || []) field.dataTypeID = AS_TEXT[field.dataTypeID] ?? field.dataTypeID
  return result
}

function queryAsNative(adapter, client, shadow) {
  const perform = adapter.performIO.bind(adapter)
  return async query => {
    if (client.lost) throw connectionClosed()
    if (lockDisabled(query.sql)) return { fields: [], rows: [], rowCount: 1 }
    if (!shadow && request.failed && WRITES_LOG.test(query.sql)) {
      query = { ...query, args: [logColumn(query.args[0]), ...query.args.slice(1)] }
    }
    try {
      const result = asTextTypes(await perform(query))
      if (!shadow && STARTS_MIGRATION.test(query.sql)) request.migration = query.args[3]
      return result
    } catch (error) {
      throw client.lost ? connectionClosed() : error
    }
  }
}

function takeMigration() {
  const name = request.migration
  request.migration = null
  if (name) request.print(`Applying migration \`${name}\``)
  return name
}

function scriptAsNative(adapter, client, shadow) {
  return async script => {
    if (lockDisabled(script)) return
    const migration = !shadow && request.method === 'applyMigrations' ? takeMigration() : null
    try {
      for (const text of migration || shadow ? await split(script) : [script]) await client.query(text)
    } catch (error) {
      if (migration) request.failed = migrationFailed(migration, error)
      else if (shadow) request.shadowFailure = error
      if (client.lost || /connection (terminated|closed)/i.test(error.message)) throw connectionClosed()
      adapter.onError(error)
    }
  }
}

// The stock adapter brings a pool, which is closed unused.
async function stockAdapter(schema) {
  const adapter = await new PrismaPg({ max: 1 }, { schema }).connect()
  await adapter.underlyingDriver().end()
  return adapter
}

async function nativeLike(config, { shadow = false, afterwards = async () => {} } = {}) {
  const client = await connect(config)
  client.release = () => {}
  await client.query(`SET search_path = ${quoted(config.schema)}`)
  const adapter = await stockAdapter(config.schema)
  adapter.client = client
  adapter.performIO = queryAsNative(adapter, client, shadow)
  adapter.executeScript = scriptAsNative(adapter, client, shadow)
  adapter.dispose = async () => {
    await client.end().catch(() => {})
    await afterwards()
  }
  return adapter
}

async function givenShadow(config) {
  const adapter = await nativeLike(config, { shadow: true })
  const schema = quoted(config.schema)
  await adapter.client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`)
  return adapter
}

async function ownShadow(config) {
  const name = `prisma_migrate_shadow_db_${randomUUID()}`
  const admin = await connect(config)
  try {
    await admin.query(`CREATE DATABASE ${quoted(name)}`)
  } catch (error) {
    request.noShadow = new Known('P3014',
      'Prisma Migrate could not create the shadow database. Please make sure the database user has permission to create databases. ' +
      `Read more about the shadow database (and workarounds) at https://pris.ly/d/migrate-shadow\n\nOriginal error: \n${error.severity}: ${error.message}`)
    await admin.end()
    throw error
  }
  const afterwards = async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${quoted(name)}`).catch(() => {})
    await admin.end()
  }
  return nativeLike({ ...config, database: name, schema: 'public' }, { shadow: true, afterwards })
}

// for a diff that touches no database: answers only the engine's question for the server's version
async function offline() {
  const adapter = await stockAdapter('public')
  const refuse = sql => { throw new Error(`this command was given no database: ${sql}`) }
  adapter.performIO = async ({ sql }) => {
    if (!/FROM pg_namespace/.test(sql)) refuse(sql)
    const fields = [{ name: 'exists', dataTypeID: 16 }, { name: 'version', dataTypeID: 25 }, { name: 'numeric_version', dataTypeID: 23 }]
    return { fields, rows: [[true, 'PostgreSQL 15.0', 150000]], rowCount: 1 }
  }
  adapter.executeScript = async script => refuse(script)
  adapter.dispose = async () => {}
  return adapter
}

export const adapterFactory = (config, shadow) => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: () => (config ? nativeLike(config) : offline()),
  connectToShadowDb: () => (shadow ? givenShadow(shadow) : ownShadow(config)),
})
