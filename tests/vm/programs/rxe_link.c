// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxe_link NETDEV: make the RDMA card rxe0 of a network interface, as
 * "rdma link add rxe0 type rxe netdev NETDEV" does. Status 1 with a message if it fails.
 */
#include <errno.h>
#include <rdma/rdma_netlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void add_string(struct nlmsghdr *msg, uint16_t type, const char *s)
{
	struct nlattr *attr = (void *)((char *)msg + msg->nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + strlen(s) + 1;
	strcpy((char *)attr + NLA_HDRLEN, s);
	msg->nlmsg_len += NLA_ALIGN(attr->nla_len);
}

int main(int argc, char **argv)
{
	union {
		struct nlmsghdr hdr;
		char room[512];
	} msg = { .hdr = {
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_NEWLINK),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	} };
	const struct nlmsgerr *answer = NLMSG_DATA(&msg.hdr);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_RDMA);

	if (argc != 2 || strlen(argv[1]) > 15)
		return 2;
	add_string(&msg.hdr, RDMA_NLDEV_ATTR_DEV_NAME, "rxe0");
	add_string(&msg.hdr, RDMA_NLDEV_ATTR_NDEV_NAME, argv[1]);
	add_string(&msg.hdr, RDMA_NLDEV_ATTR_LINK_TYPE, "rxe");
	if (fd < 0 || send(fd, &msg, msg.hdr.nlmsg_len, 0) < 0 || recv(fd, &msg, sizeof(msg), 0) < 0) {
		perror("rxe_link");
		return 1;
	}
	if (msg.hdr.nlmsg_type != NLMSG_ERROR || answer->error) {
		fprintf(stderr, "rxe_link: %s\n", strerror(-answer->error));
		return 1;
	}
	return 0;
}
