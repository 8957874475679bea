// TensorFlow's SavedModel format (protocol buffers), for graphs without variables.
// Field numbers are those of saved_model.proto, meta_graph.proto, graph.proto, node_def.proto,
// attr_value.proto, tensor.proto and tensor_shape.proto.
import type { Addon, Attribute, Code } from './addon.ts';
import type { Constant } from './handle.ts';

/** Versions of the formats: of SavedModel, and a graph's as every TensorFlow since 2.9 reads it. */
const SCHEMA = 1;
const PRODUCER = 1087;

export const TAG = 'serve';

export interface GraphNode {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly attributes: readonly Bytes[];
}

type Bytes = Uint8Array;

export function savedModel(nodes: readonly GraphNode[]): Bytes {
  const versions = message(4, integer(1, PRODUCER));
  const graph = message(2, ...nodes.map(nodeBytes), versions);
  const about = message(1, text(4, TAG));
  return Buffer.concat([integer(1, SCHEMA), message(2, about, graph)]);
}

/** @param rank number of dimensions, which may have any size */
export function placeholder(name: string, type: Code, rank: number): GraphNode {
  const shape = message(7, ...Array.from({ length: rank }, () => message(2, integer(1, -1))));
  const attributes = [typeAttribute('dtype', type), named('shape', shape)];
  return { name, operation: 'Placeholder', inputs: [], attributes };
}

export function constantNode(name: string, { type, shape, values }: Constant): GraphNode {
  const sizes = message(2, ...shape.map((size) => message(2, integer(1, size))));
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensor = message(8, integer(1, type), sizes, message(4, bytes));
  const attributes = [typeAttribute('dtype', type), named('value', tensor)];
  return { name, operation: 'Const', inputs: [], attributes };
}

/** @throws on an attribute of a kind that no operation in a graph has */
export function attributeBytes(addon: Addon, { name, type, value }: Attribute): Bytes {
  switch (type) {
    case addon.TF_ATTR_TYPE:
      return typeAttribute(name, value as Code);
    case addon.TF_ATTR_BOOL:
      return named(name, integer(5, Number(value)));
    case addon.TF_ATTR_INT:
      return named(name, integer(3, value as number));
    case addon.TF_ATTR_STRING:
      return named(name, text(2, value as string));
    default:
      throw new Error(`attribute '${name}' is of a kind that graphs here do not have`);
  }
}

function typeAttribute(name: string, type: Code): Bytes {
  return named(name, integer(6, type));
}

function nodeBytes({ name, operation, inputs, attributes }: GraphNode): Bytes {
  return message(1, text(1, name), text(2, operation), ...inputs.map((input) => text(3, input)), ...attributes); // prettier-ignore
}

/** An entry of a node's map of attributes. */
function named(name: string, value: Bytes): Bytes {
  return message(5, text(1, name), message(2, value));
}

function message(field: number, ...parts: readonly Bytes[]): Bytes {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

function text(field: number, value: string): Bytes {
  return message(field, Buffer.from(value));
}

function integer(field: number, value: number): Bytes {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** Seven bits per byte, the lowest first; a negative number as 64 bits in two's complement. */
function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest < 128n) return Uint8Array.of(...bytes, low);
    bytes.push(low | 128);
  }
}
