import { createMemoryDisk, openMemoryStorage } from "./memory.ts";
import { describeClientStorage } from "./storage-contract.ts";

describeClientStorage("storage in memory", () => {
  const disk = createMemoryDisk();
  return async () => openMemoryStorage(disk);
});
