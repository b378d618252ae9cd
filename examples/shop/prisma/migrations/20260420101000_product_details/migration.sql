-- AlterTable
ALTER TABLE "Product" ADD COLUMN     "description" TEXT,
ADD COLUMN     "weightGrams" INTEGER,
ADD COLUMN     "attributes" JSONB NOT NULL DEFAULT '{}';
