import { createServer } from 'node:http'
import express from 'express'
import { config } from './config'
import { connectDatabase, prisma } from './database'

const app = express()
app.use(express.json())
app.get('/health', async (_request, response) => {
  await prisma.$queryRaw`SELECT 1`
  response.json({ status: 'ok' })
})

const httpServer = createServer(app)

await connectDatabase()
httpServer.listen(config.port, () => console.log(`🚀 Server running on http://localhost:${config.port}`))

process.on('SIGTERM', () => {
  httpServer.close()
})
