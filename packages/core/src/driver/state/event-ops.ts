import type { HypervisorDriver, NetworkDriver, NodeDeviceDriver, SecretDriver, StorageDriver } from '../drivers.js';
import type { DomainEvents, NetworkEvents, NodeDeviceEvents, SecretEvents, StoragePoolEvents } from '../gen/index.js';
import type { Registrations } from './registrations.js';

// What a connection adds to the tables of its driver: registration for events, which ends with it.

export const domainEventOps = (registrations: Registrations<DomainEvents>) =>
  ({
    connectDomainEventRegisterAny: (dom, eventID, callback) =>
      registrations.register(eventID, dom?.uuid ?? null, callback),
    connectDomainEventDeregisterAny: (callbackID) => registrations.deregister(callbackID),
  }) satisfies Partial<HypervisorDriver>;

export const networkEventOps = (registrations: Registrations<NetworkEvents>) =>
  ({
    connectNetworkEventRegisterAny: (net, eventID, callback) =>
      registrations.register(eventID, net?.uuid ?? null, callback),
    connectNetworkEventDeregisterAny: (callbackID) => registrations.deregister(callbackID),
  }) satisfies NetworkDriver;

export const storagePoolEventOps = (registrations: Registrations<StoragePoolEvents>) =>
  ({
    connectStoragePoolEventRegisterAny: (pool, eventID, callback) =>
      registrations.register(eventID, pool?.uuid ?? null, callback),
    connectStoragePoolEventDeregisterAny: (callbackID) => registrations.deregister(callbackID),
  }) satisfies StorageDriver;

export const nodeDeviceEventOps = (registrations: Registrations<NodeDeviceEvents>) =>
  ({
    connectNodeDeviceEventRegisterAny: (dev, eventID, callback) =>
      registrations.register(eventID, dev?.name ?? null, callback),
    connectNodeDeviceEventDeregisterAny: (callbackID) => registrations.deregister(callbackID),
  }) satisfies NodeDeviceDriver;

export const secretEventOps = (registrations: Registrations<SecretEvents>) =>
  ({
    connectSecretEventRegisterAny: (secret, eventID, callback) =>
      registrations.register(eventID, secret?.uuid ?? null, callback),
    connectSecretEventDeregisterAny: (callbackID) => registrations.deregister(callbackID),
  }) satisfies SecretDriver;
