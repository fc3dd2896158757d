import express from 'express'
import { sendReceipt } from './mail/Receipt'
import { monthlyReport } from './reports/monthly'

const app = express()
app.get('/health', (_request, response) => response.json({ status: 'ok' }))
app.post('/orders/:id/receipt', async (request, response) => response.json(await sendReceipt(request.params.id)))
app.get('/reports/monthly', async (_request, response) => response.json(await monthlyReport()))
app.listen(3000, () => console.log('Server listening on port 3000'))
