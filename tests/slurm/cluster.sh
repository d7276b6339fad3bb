#!/usr/bin/env bash
# A Slurm cluster of one node on this machine, for a test: cluster.sh FOLDER CONTROLLER-PORT NODE-PORT
# Everything it has is in FOLDER: key, socket, configuration, states and logs. It prints `ready` when the node takes jobs, and stands
# until standard input closes, so that it ends with the test in whatever way that ends; then FOLDER is removed.
set -euo pipefail
folder=$1 controller_port=$2 node_port=$3
PATH=$PATH:/usr/sbin:/sbin
host=$(hostname -s)
me=$(id -un)
pids=()

stop() {
    trap - EXIT
    # Jobs end with their node: first what the controller can still end in good order.
    scancel --quiet --user="$me" 2>/dev/null || true
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2>/dev/null || true
        for _ in $(seq 50); do
            kill -0 "${pids[i]}" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "${pids[i]}" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

mkdir -p "$folder"/{munge,state,spool,log}
chmod 700 "$folder/munge"
dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
chmod 400 "$folder/munge/key"
# munged wants its socket where others may reach it.
mkdir -p "$folder/socket"
chmod 755 "$folder" "$folder/socket"

cat > "$folder/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CONF
cat > "$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$folder/socket/munge,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
# Without control groups, memory is watched by sampling.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=10
MessageTimeout=10
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
DefMemPerCPU=500
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=debug Nodes=$host Default=YES MaxTime=60 State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"

start() {
    "$@" > "$folder/log/${1##*/}.start" 2>&1 < /dev/null &
    pids+=($!)
}

start munged --foreground --key-file="$folder/munge/key" --socket="$folder/socket/munge" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" --num-threads=2
for _ in $(seq 50); do
    [ -S "$folder/socket/munge" ] && break
    sleep 0.1
done
start slurmctld -D -f "$SLURM_CONF"
start slurmd -D -f "$SLURM_CONF"
for _ in $(seq 300); do
    if [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ]; then
        echo ready
        cat > /dev/null
        exit 0
    fi
    sleep 0.2
done
echo "the node did not come up:" >&2
tail -n 20 "$folder"/log/* "$folder/munge/log" >&2 || true
exit 1
