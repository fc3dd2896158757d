import { Router } from 'express'
import { prisma } from '../../database'

export const poseRoutes = Router()

poseRoutes.get('/categories', async (_request, response) => {
  response.json(await prisma.poseCategory.findMany({ orderBy: { sortOrder: 'asc' } }))
})
