export async function sendReceipt(order: string): Promise<{ order: string; sent: boolean }> {
  return { order, sent: true }
}
