/**
 * Major function codes of an IRP, and how many rows a dispatch table has.
 * Runs on: any thread. Numbers only. Source: wdm.h; kmdf.md 2.2.
 */
export const IRP_MJ_CREATE = 0x00
export const IRP_MJ_CLOSE = 0x02
export const IRP_MJ_READ = 0x03
export const IRP_MJ_WRITE = 0x04
export const IRP_MJ_FLUSH_BUFFERS = 0x09
export const IRP_MJ_DEVICE_CONTROL = 0x0e
export const IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f
export const IRP_MJ_SHUTDOWN = 0x10
export const IRP_MJ_CLEANUP = 0x12
export const IRP_MJ_POWER = 0x16
export const IRP_MJ_SYSTEM_CONTROL = 0x17
export const IRP_MJ_PNP = 0x1b

/** Rows of a dispatch table: IRP_MJ_CREATE (0) to IRP_MJ_PNP (27). */
export const MAJOR_FUNCTION_COUNT = 28
