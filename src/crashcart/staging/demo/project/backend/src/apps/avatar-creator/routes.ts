import { Router } from 'express'
import { prisma } from '../../database'

export const avatarRoutes = Router()

avatarRoutes.get('/projects', async (_request, response) => {
  response.json(await prisma.avatarProject.findMany({ orderBy: { createdAt: 'desc' } }))
})
