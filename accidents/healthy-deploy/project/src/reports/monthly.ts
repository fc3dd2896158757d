export async function monthlyReport(): Promise<{ orders: number }> {
  return { orders: 0 }
}
