// The one place that loads reflect-metadata and tsyringe: drivers take the decorators from here, so that a host and its
// plugins share one tsyringe (its registry of decorated classes is module-wide).
import 'reflect-metadata';
export { container, inject, injectable, injectAll, Lifecycle } from 'tsyringe';
export type { DependencyContainer, InjectionToken } from 'tsyringe';
