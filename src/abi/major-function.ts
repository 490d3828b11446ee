/**
 * Major function codes of an IRP, and how many rows a dispatch table has.
 * Runs on: any thread. Numbers only. Source: wdm.h; kmdf.md 2.2.
 */
export const IRP_MJ_CREATE = 0x00
export const IRP_MJ_CREATE_NAMED_PIPE = 0x01
export const IRP_MJ_CLOSE = 0x02
export const IRP_MJ_READ = 0x03
export const IRP_MJ_WRITE = 0x04
export const IRP_MJ_QUERY_INFORMATION = 0x05
export const IRP_MJ_SET_INFORMATION = 0x06
export const IRP_MJ_QUERY_EA = 0x07
export const IRP_MJ_SET_EA = 0x08
export const IRP_MJ_FLUSH_BUFFERS = 0x09
export const IRP_MJ_QUERY_VOLUME_INFORMATION = 0x0a
export const IRP_MJ_SET_VOLUME_INFORMATION = 0x0b
export const IRP_MJ_DIRECTORY_CONTROL = 0x0c
export const IRP_MJ_FILE_SYSTEM_CONTROL = 0x0d
export const IRP_MJ_DEVICE_CONTROL = 0x0e
export const IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f
export const IRP_MJ_SHUTDOWN = 0x10
export const IRP_MJ_LOCK_CONTROL = 0x11
export const IRP_MJ_CLEANUP = 0x12
export const IRP_MJ_CREATE_MAILSLOT = 0x13
export const IRP_MJ_QUERY_SECURITY = 0x14
export const IRP_MJ_SET_SECURITY = 0x15
export const IRP_MJ_POWER = 0x16
export const IRP_MJ_SYSTEM_CONTROL = 0x17
export const IRP_MJ_DEVICE_CHANGE = 0x18
export const IRP_MJ_QUERY_QUOTA = 0x19
export const IRP_MJ_SET_QUOTA = 0x1a
export const IRP_MJ_PNP = 0x1b

/** Rows of a dispatch table: IRP_MJ_CREATE (0) to IRP_MJ_PNP (27). */
export const MAJOR_FUNCTION_COUNT = 28
