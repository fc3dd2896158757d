import { createServer } from 'node:http'
import express from 'express'
import { avatarRoutes } from './apps/avatar-creator/routes'
import { poseRoutes } from './apps/pose-generator/routes'
import { setupPoseWebSocket, shutdownWebSocket } from './apps/pose-generator/websocket/pose-websocket'
import { config } from './config'
import { connectDatabase, prisma } from './database'

const app = express()
app.use(express.json())
app.use('/api/apps/avatars', avatarRoutes)
app.use('/api/apps/poses', poseRoutes)
app.get('/health', async (_request, response) => {
  await prisma.$queryRaw`SELECT 1`
  response.json({ status: 'ok' })
})

const httpServer = createServer(app)

await connectDatabase()
setupPoseWebSocket(httpServer)
httpServer.listen(config.port, () => console.log(`🚀 Server running on http://localhost:${config.port}`))

process.on('SIGTERM', async () => {
  await shutdownWebSocket()
  httpServer.close()
})
