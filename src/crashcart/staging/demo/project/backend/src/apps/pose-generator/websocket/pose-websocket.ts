import type { Server } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

let sockets: WebSocketServer | undefined

export function setupPoseWebSocket(httpServer: Server): void {
  sockets = new WebSocketServer({ server: httpServer, path: '/ws/poses' })
  console.log('✅ WebSocket server initialized for Pose Generator')
}

export function publishPoseProgress(userId: string, message: unknown): void {
  for (const socket of sockets?.clients ?? []) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ userId, message }))
  }
}

export async function shutdownWebSocket(): Promise<void> {
  sockets?.close()
}
