-- CreateEnum
CREATE TYPE "AvatarStatus" AS ENUM ('DRAFT', 'GENERATING', 'READY', 'FAILED');

-- CreateTable
CREATE TABLE "avatar_projects" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "status" "AvatarStatus" NOT NULL DEFAULT 'DRAFT',
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "avatar_projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "avatar_generations" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "image_url" TEXT,
    "seed" INTEGER,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "avatar_generations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pose_categories" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "sort_order" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "pose_categories_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "avatar_poses" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "category_id" TEXT NOT NULL,
    "keypoints" JSONB NOT NULL,

    CONSTRAINT "avatar_poses_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "avatar_projects_user_id_status_idx" ON "avatar_projects"("user_id", "status");

-- CreateIndex
CREATE INDEX "avatar_generations_project_id_idx" ON "avatar_generations"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "pose_categories_slug_key" ON "pose_categories"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "avatar_poses_project_id_category_id_key" ON "avatar_poses"("project_id", "category_id");

-- AddForeignKey
ALTER TABLE "avatar_projects" ADD CONSTRAINT "avatar_projects_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "avatar_generations" ADD CONSTRAINT "avatar_generations_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "avatar_projects"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "avatar_poses" ADD CONSTRAINT "avatar_poses_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "avatar_projects"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "avatar_poses" ADD CONSTRAINT "avatar_poses_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "pose_categories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
