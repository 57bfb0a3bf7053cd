"""Plays calls to libvirt's own test driver, in this process: sequences as JSON on stdin, what each call said on stdout."""
import gc
import json
import re
import sys

import libvirt

libvirt.registerErrorHandler(lambda context, error: None, None)
libvirt.virEventRegisterDefaultImpl()
libvirt.virEventAddTimeout(0, lambda timer, opaque: None, None)


def names(objects):
    return sorted(o.name() for o in objects)


def dom(c, name):
    return c.lookupByName(name)


def snap(c, name, snapshot):
    return dom(c, name).snapshotLookupByName(snapshot)


def without_time(xml):
    return re.sub('<creationTime>.*?</creationTime>', '', xml)


CALLS = {
    'define': lambda c, xml: c.defineXML(xml).name(),
    'createXML': lambda c, xml: c.createXML(xml, 0).name(),
    'create': lambda c, n: dom(c, n).create() or None,
    'destroy': lambda c, n: dom(c, n).destroyFlags(0) or None,
    'undefine': lambda c, n, f: dom(c, n).undefineFlags(f) or None,
    'suspend': lambda c, n: dom(c, n).suspend() or None,
    'resume': lambda c, n: dom(c, n).resume() or None,
    'shutdown': lambda c, n: dom(c, n).shutdownFlags(0) or None,
    'reboot': lambda c, n: dom(c, n).reboot(0) or None,
    'rename': lambda c, n, to: dom(c, n).rename(to, 0) or None,
    'state': lambda c, n: dom(c, n).state(0),
    'flagsOf': lambda c, n: [bool(dom(c, n).isActive()), bool(dom(c, n).isPersistent()), bool(dom(c, n).hasManagedSaveImage(0))],
    'list': lambda c, f: names(c.listAllDomains(f)),
    'dumpxml': lambda c, n, f: dom(c, n).XMLDesc(f),
    'setMemory': lambda c, n, m, f: dom(c, n).setMemoryFlags(m, f) or None,
    'setVcpus': lambda c, n, v, f: dom(c, n).setVcpusFlags(v, f) or None,
    'vcpus': lambda c, n, f: dom(c, n).vcpusFlags(f),
    'managedSave': lambda c, n: dom(c, n).managedSave(0) or None,
    'autostart': lambda c, n, on: dom(c, n).setAutostart(on) or None,
    'addIOThread': lambda c, n, i, f: dom(c, n).addIOThread(i, f) or None,
    'delIOThread': lambda c, n, i, f: dom(c, n).delIOThread(i, f) or None,
    'title': lambda c, n, t, f: dom(c, n).setMetadata(1, t, None, None, f) or None,
    'snapshot': lambda c, n, s, f: dom(c, n).snapshotCreateXML('<domainsnapshot><name>%s</name></domainsnapshot>' % s, f).getName(),
    'snapshots': lambda c, n, f: sorted(dom(c, n).snapshotListNames(f)),
    'snapshotDelete': lambda c, n, s, f: snap(c, n, s).delete(f) or None,
    'snapshotCurrent': lambda c, n: dom(c, n).snapshotCurrent(0).getName(),
    'revert': lambda c, n, s, f: dom(c, n).revertToSnapshot(snap(c, n, s), f) or None,
    'maxMemory': lambda c, n, m: dom(c, n).setMaxMemory(m) or None,
    'lifecycleAction': lambda c, n, t, a, f: dom(c, n).setLifecycleAction(t, a, f) or None,
    'reset': lambda c, n: dom(c, n).reset(0) or None,
    'pmSuspend': lambda c, n: dom(c, n).pMSuspendForDuration(0, 0, 0) or None,
    'pmWakeup': lambda c, n: dom(c, n).pMWakeup(0) or None,
    'snapshotXML': lambda c, n, s: without_time(snap(c, n, s).getXMLDesc(0)),
    'checkpoint': lambda c, n, s, f: dom(c, n).checkpointCreateXML('<domaincheckpoint><name>%s</name></domaincheckpoint>' % s, f).getName(),
    'checkpoints': lambda c, n, f: sorted(k.getName() for k in dom(c, n).listAllCheckpoints(f)),
    'checkpointDelete': lambda c, n, s, f: dom(c, n).checkpointLookupByName(s).delete(f) or None,
    'ifDefine': lambda c, xml: c.interfaceDefineXML(xml).name(),
    'ifCreate': lambda c, n: c.interfaceLookupByName(n).create() or None,
    'ifDestroy': lambda c, n: c.interfaceLookupByName(n).destroy() or None,
    'ifUndefine': lambda c, n: c.interfaceLookupByName(n).undefine() or None,
    'ifList': lambda c, f: names(c.listAllInterfaces(f)),
    'ifBegin': lambda c: c.changeBegin() or None,
    'ifCommit': lambda c: c.changeCommit() or None,
    'ifRollback': lambda c: c.changeRollback() or None,
    'netDefine': lambda c, xml: c.networkDefineXML(xml).name(),
    'netCreateXML': lambda c, xml: c.networkCreateXML(xml).name(),
    'netCreate': lambda c, n: c.networkLookupByName(n).create() or None,
    'netDestroy': lambda c, n: c.networkLookupByName(n).destroy() or None,
    'netUndefine': lambda c, n: c.networkLookupByName(n).undefine() or None,
    'netList': lambda c, f: names(c.listAllNetworks(f)),
    'poolDefine': lambda c, xml: c.storagePoolDefineXML(xml, 0).name(),
    'poolCreate': lambda c, n: c.storagePoolLookupByName(n).create(0) or None,
    'poolDestroy': lambda c, n: c.storagePoolLookupByName(n).destroy() or None,
    'poolUndefine': lambda c, n: c.storagePoolLookupByName(n).undefine() or None,
    'poolList': lambda c, f: names(c.listAllStoragePools(f)),
    'poolInfo': lambda c, n: c.storagePoolLookupByName(n).info()[:2],
    'volCreate': lambda c, n, xml: c.storagePoolLookupByName(n).createXML(xml, 0).key(),
    'volDelete': lambda c, n, v: c.storagePoolLookupByName(n).storageVolLookupByName(v).delete(0) or None,
    'volList': lambda c, n: sorted(c.storagePoolLookupByName(n).listVolumes()),
}


def run_events():
    """Delivers what waits: the timer keeps the loop from waiting for more."""
    for _ in range(2):
        libvirt.virEventRunDefaultImpl()


def play(sequence):
    connection = libvirt.open('test:///default')
    said = []
    seen = {'domain': [], 'reboot': [], 'network': [], 'pool': []}

    def note(kind):
        return lambda c, o, *rest: seen[kind].append([o.name(), *rest[:-1]])

    registered = (
        (connection.domainEventRegisterAny(None, 0, note('domain'), None), connection.domainEventDeregisterAny),
        (connection.domainEventRegisterAny(None, 1, note('reboot'), None), connection.domainEventDeregisterAny),
        (connection.networkEventRegisterAny(None, 0, note('network'), None), connection.networkEventDeregisterAny),
        (connection.storagePoolEventRegisterAny(None, 0, note('pool'), None), connection.storagePoolEventDeregisterAny),
    )
    for call, args in sequence:
        try:
            said.append(['ok', CALLS[call](connection, *args)])
        except libvirt.libvirtError as error:
            said.append(['error', error.get_error_code(), error.get_error_domain()])
    run_events()
    for number, deregister in registered:
        deregister(number)
    connection.close()
    return {'said': said, 'seen': seen}


results = []
for sequence in json.load(sys.stdin):
    results.append(play(sequence))
    gc.collect()
json.dump(results, sys.stdout)
