-- CreateTable
CREATE TABLE "Coupon" (
    "code" TEXT NOT NULL,
    "percent" SMALLINT NOT NULL,
    "validUntil" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Coupon_pkey" PRIMARY KEY ("code")
);

-- In one statement, because a foreign key on a column that is new need not be checked.
ALTER TABLE "Order" ADD COLUMN     "couponCode" TEXT
    CONSTRAINT "Order_couponCode_fkey" REFERENCES "Coupon"("code") ON DELETE SET NULL ON UPDATE CASCADE;
