-- AlterTable
ALTER TABLE "Customer" ADD COLUMN "note" TEXT;

-- AlterTable
ALTER TABLE "Order" ADD COLUMN "note" TEXT;
