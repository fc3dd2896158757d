// How the native engine connects: Prisma's URL parameters, one connection, Prisma's codes for what goes wrong.
import pg from 'pg'

export class Known extends Error {
  constructor(code, message, meta = {}) {
    super(message)
    this.known = { error_code: code, message, meta }
  }
}

export function parseUrl(url) {
  const parsed = new URL(url)
  const parameter = name => parsed.searchParams.get(name)
  return {
    host: decodeURIComponent(parameter('host') || parsed.hostname),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || 'postgres',
    schema: parameter('schema') || 'public',
    connectTimeout: Number(parameter('connect_timeout') ?? 5),
    sslmode: parameter('sslmode') || 'prefer',
    options: parameter('options') || undefined,
  }
}

const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ECONNRESET']

function wrongCredentials(error, config) {
  const user = error.message.match(/(?:user|role) "([^"]*)"/)?.[1] ?? '(not available)'
  return new Known('P1000',
    `Authentication failed against database server at \`${config.host}\`, the provided database credentials for \`${user}\` are not valid.\n\n` +
    `Please make sure to provide valid database credentials for the database server at \`${config.host}\`.`,
    { database_user: user, database_host: config.host })
}

function unreachable({ host, port }) {
  const place = `${host}:${port}`
  return new Known('P1001',
    `Can't reach database server at \`${place}\`\n\nPlease make sure your database server is running at \`${place}\`.`,
    { database_location: place })
}

function asPrismaError(error, config) {
  const { host, port, user, database } = config
  if (['28P01', '28000'].includes(error.code)) return wrongCredentials(error, config)
  if (error.code === '3D000') {
    return new Known('P1003', `Database \`${database}\` does not exist on the database server at \`${host}:${port}\`.`,
      { database_name: database, database_host: host, database_port: port })
  }
  if (error.code === '42501') {
    return new Known('P1010', `User \`${user}\` was denied access on the database \`${database}\``,
      { database_user: user, database_name: database })
  }
  // several addresses refused together arrive as an AggregateError
  if (UNREACHABLE.includes(error.code) || error.errors || /timeout/i.test(error.message)) return unreachable(config)
  return error
}

function tls(mode) {
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) return false
  return { rejectUnauthorized: mode !== 'require' }
}

export async function connect(config) {
  const { host, port, user, password, database, options } = config
  const client = new pg.Client({
    host, port, user, password, database, options,
    connectionTimeoutMillis: config.connectTimeout * 1000, ssl: tls(config.sslmode),
  })
  client.on('error', () => { client.lost = true })
  client.on('end', () => { client.lost = true })
  try {
    await client.connect()
  } catch (error) {
    throw asPrismaError(error, config)
  }
  return client
}

export async function run(config, sql) {
  const client = await connect(config)
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

export const quoted = name => `"${name.replaceAll('"', '""')}"`
