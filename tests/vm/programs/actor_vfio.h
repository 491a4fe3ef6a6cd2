/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory mapped for a PCI device, as virtual machines and DPDK have it (VFIO type 1), and
 * moved by the device: QEMU's "edu", which copies up to 4 KiB to and from a buffer of its own.
 */
#include <glob.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#define VFIO_DRIVEN	"/sys/bus/pci/drivers/vfio-pci/0000:*"

/* Where the device sees offset 0 of the file. It knows addresses of 28 bits. */
#define VFIO_IOVA	(16UL << 20)

#define EDU_BUFFER	0x40000
#define EDU_DMA_SOURCE	0x80
#define EDU_DMA_TARGET	0x88
#define EDU_DMA_LENGTH	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	1
#define EDU_DMA_TO_RAM	2
/* Half of its buffer: some versions take the end of it for what is outside. */
#define EDU_DMA_MOST	2048

static struct {
	int container, group, device;
	uint64_t iova, len, registers;
} vfio = { .container = -1, .group = -1, .device = -1 };

/* The first device of the driver, and its group. */
static int vfio_find(char *device, char *group, size_t size)
{
	char path[300], target[300];
	ssize_t n;
	glob_t g;

	errno = ENODEV;
	if (glob(VFIO_DRIVEN, 0, NULL, &g))
		return -1;
	snprintf(path, sizeof(path), "%s/iommu_group", g.gl_pathv[0]);
	snprintf(device, size, "%s", strrchr(g.gl_pathv[0], '/') + 1);
	globfree(&g);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	snprintf(group, size, "/dev/vfio%s", strrchr(target, '/'));
	return 0;
}

/* Registers and buffer of the device; it may read and write memory from now on. */
static int vfio_start_device(void)
{
	struct vfio_region_info config = { .argsz = sizeof(config),
					   .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	uint16_t command;

	if (ioctl(vfio.device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    ioctl(vfio.device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		return -1;
	vfio.registers = bar.offset;
	if (pread(vfio.device, &command, 2, config.offset + PCI_COMMAND) != 2)
		return -1;
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	return pwrite(vfio.device, &command, 2, config.offset + PCI_COMMAND) == 2 ? 0 : -1;
}

static int vfio_open(void)
{
	char device[64], path[64];

	if (vfio_find(device, path, sizeof(path)))
		return -1;
	vfio.container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vfio.container < 0)
		return -1;
	vfio.group = open(path, O_RDWR | O_CLOEXEC);
	if (vfio.group < 0 || ioctl(vfio.group, VFIO_GROUP_SET_CONTAINER, &vfio.container) ||
	    ioctl(vfio.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -1;
	vfio.device = ioctl(vfio.group, VFIO_GROUP_GET_DEVICE_FD, device);
	return vfio.device < 0 ? -1 : vfio_start_device();
}

static int pin_vfio(void *at, uint64_t off, uint64_t len, char how)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ,
		.vaddr = (uintptr_t)at, .iova = VFIO_IOVA + off, .size = len,
	};

	if (how != 'r')
		map.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	if (vfio_open() || ioctl(vfio.container, VFIO_IOMMU_MAP_DMA, &map))
		return -1;
	vfio.iova = map.iova;
	vfio.len = len;
	return 0;
}

static int unpin_vfio(void)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = vfio.iova, .size = vfio.len,
	};
	int err = vfio.len ? ioctl(vfio.container, VFIO_IOMMU_UNMAP_DMA, &unmap) : 0;

	if (vfio.device >= 0)
		close(vfio.device);
	if (vfio.group >= 0)
		close(vfio.group);
	if (vfio.container >= 0)
		close(vfio.container);
	memset(&vfio, 0, sizeof(vfio));
	vfio.device = vfio.group = vfio.container = -1;
	return err;
}

static int edu_set(uint32_t reg, uint32_t value)
{
	return pwrite(vfio.device, &value, sizeof(value), vfio.registers + reg) ==
	       sizeof(value) ? 0 : -1;
}

static int edu_dma(uint64_t source, uint64_t target, uint64_t len, uint32_t command)
{
	int tries;

	if (edu_set(EDU_DMA_SOURCE, source) || edu_set(EDU_DMA_TARGET, target) ||
	    edu_set(EDU_DMA_LENGTH, len) || edu_set(EDU_DMA_COMMAND, command | EDU_DMA_RUN))
		return -1;
	for (tries = 0; tries < 6000; tries++) {
		if (pread(vfio.device, &command, sizeof(command),
			  vfio.registers + EDU_DMA_COMMAND) != sizeof(command))
			return -1;
		if (!(command & EDU_DMA_RUN))
			return 0;
		usleep(10000);
	}
	errno = ETIMEDOUT;
	return -1;
}

static int move_vfio(uint64_t from, uint64_t to, uint64_t len)
{
	uint64_t n;

	for (; len; from += n, to += n, len -= n) {
		n = len < EDU_DMA_MOST ? len : EDU_DMA_MOST;
		if (edu_dma(VFIO_IOVA + from, EDU_BUFFER, n, 0) ||
		    edu_dma(EDU_BUFFER, VFIO_IOVA + to, n, EDU_DMA_TO_RAM))
			return -1;
	}
	return 0;
}
