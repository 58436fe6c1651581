/** Schemas of our protos' messages as `messageJson` writes them, from their descriptors. */
import { z } from 'zod';
import { assert } from '../../../shared/kernel/assert.ts';
import { loadPackage } from '../../../shared/protocol/loader.ts';
import type { MessageName } from './message-json.ts';

/** Of a descriptor, what proto-loader keeps of descriptor.proto. */
interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

interface MessageDescriptor {
  readonly field: readonly Field[];
  readonly oneofDecl: readonly { readonly name: string }[];
}

interface EnumDescriptor {
  readonly value: readonly { readonly name: string }[];
}

const known = new Map<string, z.ZodType>();

export function messageSchema(name: MessageName): z.ZodType {
  const found = known.get(name);
  if (found) return found;
  const { field, oneofDecl } = descriptorOf(name) as MessageDescriptor;
  const optional = new Set(oneofDecl.map((one) => one.name.replace(/^_/, '')));
  const fields = field.map((one) => [one.name, fieldSchema(one, optional.has(one.name))] as const);
  const schema = z.strictObject(Object.fromEntries(fields)).meta({ id: name });
  known.set(name, schema);
  return schema;
}

function descriptorOf(name: string): unknown {
  const definition = (loadPackage() as unknown as Record<string, { readonly type: unknown }>)[name];
  assert(definition, `no type ${name} in the protos`);
  return definition.type;
}

function fieldSchema(field: Field, optional: boolean): z.ZodType {
  const value = valueSchema(field);
  if (field.label === 'LABEL_REPEATED') return z.array(value);
  const own = field.type === 'TYPE_MESSAGE' ? value.nullable() : value;
  return optional ? own.optional() : own;
}

function valueSchema({ type, typeName }: Field): z.ZodType {
  switch (type) {
    case 'TYPE_STRING':
      return z.string();
    case 'TYPE_BOOL':
      return z.boolean();
    case 'TYPE_BYTES':
      return z.base64();
    case 'TYPE_DOUBLE':
      return z.number();
    case 'TYPE_INT64':
      return z.int();
    case 'TYPE_UINT32':
    case 'TYPE_UINT64':
    case 'TYPE_FIXED32':
      return z.int().min(0);
    case 'TYPE_ENUM':
      return z.enum((descriptorOf(typeName) as EnumDescriptor).value.map(({ name }) => name));
    case 'TYPE_MESSAGE':
      return messageSchema(typeName as MessageName);
    default:
      throw new Error(`no schema for fields of ${type}`);
  }
}
