/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory registered with an RDMA card, and moved by it: soft RoCE (rdma_rxe), by the calls
 * that libibverbs and its driver for this card make. One memory region and one queue pair,
 * which is connected to itself.
 */
#include <arpa/inet.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_rxe.h>

#define RDMA_CARD	"/sys/class/infiniband/rxe0"
#define RDMA_DEVICE	"/dev/infiniband/uverbs0"
/* The address of the card's network interface. */
#define RDMA_ADDRESS	"10.99.0.1"

/* Numbers that are libibverbs' own, and the kernel's, in no header for both. */
enum {
	RDMA_QPT_RC = 2,
	RDMA_QPS_INIT = 1, RDMA_QPS_RTR = 2, RDMA_QPS_RTS = 3,
	RDMA_MTU_1024 = 3,
	RDMA_WR_WRITE = 0,
	RDMA_SEND_SIGNALED = 2,
	RDMA_QP_STATE = 1 << 0, RDMA_QP_ACCESS = 1 << 3, RDMA_QP_PKEY = 1 << 4,
	RDMA_QP_PORT = 1 << 5, RDMA_QP_AV = 1 << 7, RDMA_QP_MTU = 1 << 8,
	RDMA_QP_TIMEOUT = 1 << 9, RDMA_QP_RETRY = 1 << 10, RDMA_QP_RNR_RETRY = 1 << 11,
	RDMA_QP_RQ_PSN = 1 << 12, RDMA_QP_MAX_RD = 1 << 13, RDMA_QP_MIN_RNR = 1 << 15,
	RDMA_QP_SQ_PSN = 1 << 16, RDMA_QP_MAX_DEST_RD = 1 << 17, RDMA_QP_DEST = 1 << 20,
};

struct rdma_queue {
	struct rxe_queue_buf *buf;
	size_t len;
};

static struct {
	int fd;
	uint64_t base;			/* address of what is at offset 0 of the file */
	uint32_t pd, mr, lkey, rkey, cq, qp, qpn, ssn;
	struct rdma_queue send, done;
} rdma = { .fd = -1 };

/* A command begins with its header, and mostly goes on with where its answer goes. */
static int rdma_write(uint32_t command, void *cmd, size_t len, void *resp, size_t resp_len)
{
	struct ib_uverbs_cmd_hdr *hdr = cmd;

	hdr->command = command;
	hdr->in_words = len / 4;
	hdr->out_words = resp_len / 4;
	if (resp)
		*(uint64_t *)(hdr + 1) = (uintptr_t)resp;
	return write(rdma.fd, cmd, len) == (ssize_t)len ? 0 : -1;
}

#define RDMA_CMD(type)	struct { struct ib_uverbs_cmd_hdr hdr; struct type body; }
#define RDMA_CALL(command, cmd, resp) \
	rdma_write(IB_USER_VERBS_CMD_##command, &(cmd), sizeof(cmd), &(resp), sizeof(resp))

static int rdma_map(struct rdma_queue *queue, const struct mminfo *mi)
{
	queue->buf = mmap(NULL, mi->size, PROT_READ | PROT_WRITE, MAP_SHARED, rdma.fd, mi->offset);
	queue->len = mi->size;
	if (queue->buf != MAP_FAILED)
		return 0;
	queue->buf = NULL;
	return -1;
}

static int rdma_open(void)
{
	RDMA_CMD(ib_uverbs_get_context) context = { 0 };
	RDMA_CMD(ib_uverbs_alloc_pd) pd = { 0 };
	struct ib_uverbs_get_context_resp context_resp;
	struct ib_uverbs_alloc_pd_resp pd_resp;

	rdma.fd = open(RDMA_DEVICE, O_RDWR | O_CLOEXEC);
	if (rdma.fd < 0 || RDMA_CALL(GET_CONTEXT, context, context_resp))
		return -1;
	close(context_resp.async_fd);
	if (RDMA_CALL(ALLOC_PD, pd, pd_resp))
		return -1;
	rdma.pd = pd_resp.pd_handle;
	return 0;
}

static int pin_rdma(void *at, uint64_t off, uint64_t len, char how)
{
	RDMA_CMD(ib_uverbs_reg_mr) mr = { 0 };
	struct ib_uverbs_reg_mr_resp resp;

	if (rdma_open())
		return -1;
	rdma.base = (uintptr_t)at - off;
	mr.body.start = (uintptr_t)at;
	mr.body.hca_va = (uintptr_t)at;
	mr.body.length = len;
	mr.body.pd_handle = rdma.pd;
	mr.body.access_flags = IB_UVERBS_ACCESS_REMOTE_READ;
	if (how != 'r')
		mr.body.access_flags |= IB_UVERBS_ACCESS_LOCAL_WRITE |
					IB_UVERBS_ACCESS_REMOTE_WRITE;
	if (how == 'o')
		mr.body.access_flags |= IB_UVERBS_ACCESS_ON_DEMAND;
	if (RDMA_CALL(REG_MR, mr, resp))
		return -1;
	rdma.mr = resp.mr_handle;
	rdma.lkey = resp.lkey;
	rdma.rkey = resp.rkey;
	return 0;
}

static void rdma_unmap(struct rdma_queue *queue)
{
	if (queue->buf)
		munmap(queue->buf, queue->len);
	queue->buf = NULL;
}

static int unpin_rdma(void)
{
	RDMA_CMD(ib_uverbs_dereg_mr) mr = { .body.mr_handle = rdma.mr };
	int err = 0;

	if (rdma.fd < 0)
		return 0;
	if (rdma.lkey)
		err = rdma_write(IB_USER_VERBS_CMD_DEREG_MR, &mr, sizeof(mr), NULL, 0);
	rdma_unmap(&rdma.send);
	rdma_unmap(&rdma.done);
	close(rdma.fd);
	memset(&rdma, 0, sizeof(rdma));
	rdma.fd = -1;
	return err;
}

/* The index of the card's address, and the address as it is in a packet. */
static int rdma_find_gid(uint8_t *index, uint8_t *gid)
{
	char path[128], text[64];
	FILE *f;
	int i;

	memset(gid, 0, 16);
	gid[10] = 0xff;
	gid[11] = 0xff;
	inet_pton(AF_INET, RDMA_ADDRESS, gid + 12);
	for (i = 0; i < 16; i++) {
		uint8_t raw[16];
		int found;

		snprintf(path, sizeof(path), RDMA_CARD "/ports/1/gids/%d", i);
		f = fopen(path, "r");
		if (!f)
			break;
		found = fscanf(f, "%63s", text) == 1 && inet_pton(AF_INET6, text, raw) == 1 &&
			!memcmp(raw, gid, sizeof(raw));
		fclose(f);
		*index = i;
		if (found)
			return 0;
	}
	errno = EADDRNOTAVAIL;
	return -1;
}

static int rdma_make_queues(void)
{
	RDMA_CMD(ib_uverbs_create_cq) cq = { .body = { .cqe = 16, .comp_channel = -1 } };
	RDMA_CMD(ib_uverbs_create_qp) qp = { .body = {
		.pd_handle = rdma.pd, .qp_type = RDMA_QPT_RC,
		.max_send_wr = 16, .max_recv_wr = 1, .max_send_sge = 1, .max_recv_sge = 1,
	} };
	struct {
		struct ib_uverbs_create_cq_resp base;
		struct rxe_create_cq_resp rxe;
	} cq_resp;
	struct {
		struct ib_uverbs_create_qp_resp base;
		struct rxe_create_qp_resp rxe;
	} qp_resp;

	if (RDMA_CALL(CREATE_CQ, cq, cq_resp) || rdma_map(&rdma.done, &cq_resp.rxe.mi))
		return -1;
	rdma.cq = cq_resp.base.cq_handle;
	qp.body.send_cq_handle = rdma.cq;
	qp.body.recv_cq_handle = rdma.cq;
	if (RDMA_CALL(CREATE_QP, qp, qp_resp) || rdma_map(&rdma.send, &qp_resp.rxe.sq_mi))
		return -1;
	rdma.qp = qp_resp.base.qp_handle;
	rdma.qpn = qp_resp.base.qpn;
	return 0;
}

static int rdma_connect(void)
{
	RDMA_CMD(ib_uverbs_modify_qp) qp = { .body = {
		.qp_handle = rdma.qp, .port_num = 1, .path_mtu = RDMA_MTU_1024,
		.qp_access_flags = IB_UVERBS_ACCESS_LOCAL_WRITE | IB_UVERBS_ACCESS_REMOTE_WRITE,
		.dest_qp_num = rdma.qpn, .max_rd_atomic = 1, .max_dest_rd_atomic = 1,
		.min_rnr_timer = 12, .timeout = 18, .retry_cnt = 7, .rnr_retry = 7,
		.dest = { .is_global = 1, .hop_limit = 64, .port_num = 1 },
	} };
	static const uint32_t masks[] = {
		[RDMA_QPS_INIT] = RDMA_QP_STATE | RDMA_QP_ACCESS | RDMA_QP_PKEY | RDMA_QP_PORT,
		[RDMA_QPS_RTR] = RDMA_QP_STATE | RDMA_QP_AV | RDMA_QP_MTU | RDMA_QP_DEST |
				 RDMA_QP_RQ_PSN | RDMA_QP_MAX_DEST_RD | RDMA_QP_MIN_RNR,
		[RDMA_QPS_RTS] = RDMA_QP_STATE | RDMA_QP_TIMEOUT | RDMA_QP_RETRY |
				 RDMA_QP_RNR_RETRY | RDMA_QP_SQ_PSN | RDMA_QP_MAX_RD,
	};
	uint8_t state;

	if (rdma_find_gid(&qp.body.dest.sgid_index, qp.body.dest.dgid))
		return -1;
	for (state = RDMA_QPS_INIT; state <= RDMA_QPS_RTS; state++) {
		qp.body.qp_state = state;
		qp.body.attr_mask = masks[state];
		if (rdma_write(IB_USER_VERBS_CMD_MODIFY_QP, &qp, sizeof(qp), NULL, 0))
			return -1;
	}
	return 0;
}

static void *rdma_slot(const struct rdma_queue *queue, uint32_t index)
{
	return queue->buf->data + ((size_t)(index & queue->buf->index_mask) <<
				   queue->buf->log2_elem_size);
}

static void rdma_queue_write(uint64_t from, uint64_t to, uint32_t len)
{
	uint32_t at = rdma.send.buf->producer_index;
	struct rxe_send_wqe *wqe = rdma_slot(&rdma.send, at);

	memset(wqe, 0, sizeof(*wqe) + sizeof(struct rxe_sge));
	wqe->wr.opcode = RDMA_WR_WRITE;
	wqe->wr.send_flags = RDMA_SEND_SIGNALED;
	wqe->wr.wr.rdma.remote_addr = rdma.base + to;
	wqe->wr.wr.rdma.rkey = rdma.rkey;
	wqe->iova = rdma.base + to;
	wqe->ssn = rdma.ssn++;
	wqe->dma.length = len;
	wqe->dma.resid = len;
	wqe->dma.num_sge = 1;
	wqe->dma.sge[0].addr = rdma.base + from;
	wqe->dma.sge[0].length = len;
	wqe->dma.sge[0].lkey = rdma.lkey;
	__atomic_store_n(&rdma.send.buf->producer_index, (at + 1) & rdma.send.buf->index_mask,
			 __ATOMIC_RELEASE);
}

/* One packet after the other from the region into the region, through the card. */
static int move_rdma(uint64_t from, uint64_t to, uint64_t len)
{
	RDMA_CMD(ib_uverbs_post_send) doorbell = { .body = {
		.wqe_size = sizeof(struct ib_uverbs_send_wr) } };
	struct ib_uverbs_post_send_resp resp;
	struct ib_uverbs_wc *wc;
	uint32_t at, tries;

	if (!rdma.send.buf && (rdma_make_queues() || rdma_connect()))
		return -1;
	rdma_queue_write(from, to, len);
	doorbell.body.qp_handle = rdma.qp;
	if (RDMA_CALL(POST_SEND, doorbell, resp))
		return -1;
	at = rdma.done.buf->consumer_index;
	for (tries = 0; __atomic_load_n(&rdma.done.buf->producer_index, __ATOMIC_ACQUIRE) == at;
	     tries++) {
		if (tries == 6000) {
			errno = ETIMEDOUT;
			return -1;
		}
		usleep(10000);
	}
	wc = rdma_slot(&rdma.done, at);
	rdma.done.buf->consumer_index = (at + 1) & rdma.done.buf->index_mask;
	if (!wc->status)
		return 0;
	fprintf(stderr, "RDMA write: status %u\n", wc->status);
	errno = EREMOTEIO;
	return -1;
}
