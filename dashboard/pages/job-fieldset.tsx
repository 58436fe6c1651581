/** The fields of the form: what every job has, then what the chosen model takes. */
import type { ComponentChildren } from 'preact';
import type { Condition, Model } from '../api/replies.ts';
import { plural, small } from '../data/format.ts';
import { METHODS, SOLVERS } from '../data/job-form.ts';
import type { FieldErrors, JobFields } from '../data/job-form.ts';
import { Panel } from '../ui/parts.tsx';

type TypedName = Exclude<keyof JobFields, 'compareSequential' | 'inputs'>;

interface FieldsetProps {
  readonly fields: JobFields;
  readonly setFields: (fields: JobFields) => void;
  readonly errors: FieldErrors;
  readonly models: readonly Model[];
  readonly model: Model | undefined;
  readonly onModel: (name: string) => void;
}

type Typed = (name: TypedName, options?: Partial<InputProps>) => ComponentChildren;

interface PartProps extends FieldsetProps {
  readonly typed: Typed;
}

export function JobFieldset(props: FieldsetProps) {
  const { fields, setFields, errors } = props;
  const typed: Typed = (name, options = {}) => (
    <TextField
      {...{ name, label: name, error: errors[name], ...options }}
      value={fields[name]}
      onValue={(value) => setFields({ ...fields, [name]: value })}
    />
  );
  return (
    <div class="form-panels">
      <SamplerFields {...props} typed={typed} />
      <MethodFields {...props} typed={typed} />
      <ConditionFields {...props} typed={typed} />
    </div>
  );
}

function SamplerFields({ fields, setFields, errors, models, model, onModel, typed }: PartProps) {
  return (
    <Panel title="Sampler">
      <div class="form-grid">
        <ChoiceField
          name="model"
          error={errors['model']}
          value={fields.model}
          choices={models.map(({ name }) => name)}
          onValue={onModel}
        />
        <ChoiceField
          name="solver"
          error={errors['solver']}
          value={fields.solver}
          choices={SOLVERS}
          onValue={(solver) => setFields({ ...fields, solver })}
        />
        {typed('steps', { numeric: true })}
        {typed('samples', { numeric: true })}
        {typed('seed', { numeric: true })}
        {model && <AboutModel model={model} />}
      </div>
    </Panel>
  );
}

function MethodFields({ fields, setFields, errors, typed }: PartProps) {
  return (
    <Panel title="Parallel in time">
      <div class="form-grid">
        <ChoiceField
          name="method"
          error={errors['method']}
          value={fields.method}
          choices={METHODS}
          onValue={(method) => setFields({ ...fields, method })}
        />
        {typed('window', { numeric: true, hint: 'rows live at once; empty: all' })}
        {typed('tolerance', { numeric: true, hint: 'RMS error wanted; empty: 0.01' })}
        <label class="check">
          <input
            type="checkbox"
            checked={fields.compareSequential}
            onChange={(event) =>
              setFields({ ...fields, compareSequential: event.currentTarget.checked })
            }
          />
          <span>
            compare with the sequential sampler
            <small>runs it first: true error and true speedup</small>
          </span>
        </label>
      </div>
    </Panel>
  );
}

function ConditionFields({ fields, setFields, errors, model, typed }: PartProps) {
  const onInput = (name: string, value: string): void =>
    setFields({ ...fields, inputs: { ...fields.inputs, [name]: value } });
  const weight = { numeric: true, hint: `weight; empty: ${small(model?.guidance)}` };
  return (
    <Panel title="Conditions">
      <div class="form-grid">
        {model?.takesPrompts && (
          <>
            {typed('prompt', { long: true })}
            {typed('negativePrompt', { label: 'negative prompt', long: true })}
          </>
        )}
        {model?.conditions.map((condition) => (
          <ConditionField
            key={condition.name}
            condition={condition}
            error={errors[`inputs.${condition.name}`]}
            value={fields.inputs[condition.name] ?? ''}
            onValue={(value) => onInput(condition.name, value)}
          />
        ))}
        {model && model.guidance > 0 && typed('guidance', weight)}
        {model?.conditions.length === 0 && !model.takesPrompts && (
          <p class="quiet">This model takes no conditions.</p>
        )}
      </div>
    </Panel>
  );
}

function AboutModel({ model }: { readonly model: Model }) {
  const { sampleShape, prediction, workers, license } = model;
  return (
    <p class="about-model quiet">
      {sampleShape.join(' × ')} values a sample, predicts {prediction}, on{' '}
      {plural(workers, 'worker')}
      {license !== '' && `, licence ${license}`}
    </p>
  );
}

interface ConditionProps {
  readonly condition: Condition;
  readonly value: string;
  readonly error: string | undefined;
  readonly onValue: (value: string) => void;
}

function ConditionField({ condition, value, error, onValue }: ConditionProps) {
  const { name, labels, unconditional, shape, minimum, maximum } = condition;
  const field = `inputs.${name}`;
  if (labels.length > 0) {
    const none = unconditional === undefined ? [] : [''];
    return (
      <ChoiceField
        name={field}
        label={name}
        {...{ value, error, onValue }}
        choices={[...none, ...labels]}
      />
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  const range = `${small(minimum)} to ${small(maximum)}`;
  const hint = shape.length === 0 ? range : `${elements} numbers, ${range}`;
  return <TextField name={field} label={name} {...{ value, error, onValue, hint }} />;
}

interface InputProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly numeric?: boolean;
  readonly long?: boolean;
}

function TextField(props: InputProps) {
  const { name, label, value, error, onValue, hint, numeric = false, long = false } = props;
  const given = {
    id: `field-${name}`,
    name,
    value,
    'aria-invalid': error !== undefined,
    'aria-describedby': `about-${name}`,
  };
  return (
    <div class={long ? 'field long' : 'field'}>
      <label for={given.id}>{label}</label>
      {long ? (
        <textarea rows={2} {...given} onInput={(event) => onValue(event.currentTarget.value)} />
      ) : (
        <input
          type="text"
          inputMode={numeric ? 'decimal' : 'text'}
          autoComplete="off"
          {...given}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
      <About {...{ name, error, hint }} />
    </div>
  );
}

interface ChoiceProps extends Omit<InputProps, 'label' | 'hint'> {
  readonly label?: string;
  readonly choices: readonly string[];
}

/** The empty choice is "none". */
function ChoiceField({ name, label = name, value, error, choices, onValue }: ChoiceProps) {
  const known = choices.includes(value) ? choices : [value, ...choices];
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      <select
        id={`field-${name}`}
        name={name}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={`about-${name}`}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {known.map((choice) => (
          <option key={choice} value={choice}>
            {choice === '' ? 'none' : choice}
          </option>
        ))}
      </select>
      <About {...{ name, error }} />
    </div>
  );
}

function About(props: { name: string; error: string | undefined; hint?: string | undefined }) {
  const { name, error, hint } = props;
  return (
    <small id={`about-${name}`} class={error === undefined ? 'hint' : 'hint wrong'}>
      {error ?? hint ?? ''}
    </small>
  );
}
