#!/bin/sh
# tests/package/boot.sh ROOT: boots the systemd of a Debian tree as the first process of namespaces of
# its own, and stays until it ends; what it writes is gone with it. For root; neither an engine for
# containers nor a virtual machine is needed, only a kernel that lets us mount.
set -eu
if [ "${2:-}" != inside ]; then
    group=/sys/fs/cgroup/systemd/mindex-boot-$$
    if [ -d /sys/fs/cgroup/systemd ]; then
        mkdir "$group"
        echo 0 >"$group/cgroup.procs"
    fi
    exec unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child "$0" "$1" inside
fi
root=$1
hostname mindex-boot
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/above /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/above,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
# No controller but systemd's own tree of groups: the others are the machine's.
printf '#subsys_name\thierarchy\tnum_cgroups\tenabled\n' >run/cgroups
mount --bind run/cgroups proc/cgroups
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ip link set lo up || true
mkdir -p .before
pivot_root . .before
umount -l /.before
mount --make-rshared / # what systemd mounts beside its services is to be seen by them: credentials
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=mindex-boot \
  SYSTEMD_PROC_CMDLINE='systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1' \
  /lib/systemd/systemd --system --log-target=journal
