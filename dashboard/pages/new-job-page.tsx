/** The form that submits a job. */
import { useEffect, useState } from 'preact/hooks';
import { CallError } from '../api/http.ts';
import * as sampler from '../api/sampler.ts';
import type { Model, Plan, Setting } from '../api/replies.ts';
import { fieldOfMessage, inputFor, requestOf } from '../data/job-form.ts';
import type { FieldErrors, InputValue, JobFields } from '../data/job-form.ts';
import { fieldsOfRequest } from '../data/earlier-request.ts';
import { hrefOf } from '../data/routes.ts';
import { useMay } from '../ui/caller.ts';
import { troubleOf } from '../ui/connection.ts';
import { Empty, Panel, Trouble } from '../ui/parts.tsx';
import { PlanTable } from '../ui/plan-table.tsx';
import { usePoll } from '../ui/use-poll.ts';
import { JobFieldset } from './job-fieldset.tsx';

const MODELS_MS = 5_000;

export function NewJobPage({ from }: { readonly from: string }) {
  const models = usePoll('models', sampler.models, MODELS_MS);
  const earlier = usePoll(
    `request ${from}`,
    async () => (from === '' ? {} : await sampler.request(from)),
    0,
  );
  if (models.value?.length === 0) {
    return (
      <>
        <h1>New job</h1>
        <Empty command="isochron worker --coordinator HOST:7401 --models DIR">
          No worker offers a model yet. Start one:
        </Empty>
      </>
    );
  }
  const trouble = models.error ?? earlier.error;
  return (
    <>
      <h1>New job</h1>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      {models.value && (earlier.value ?? earlier.error) !== undefined && (
        <JobForm models={models.value} first={fieldsOfRequest(earlier.value ?? {})} />
      )}
    </>
  );
}

interface Preview {
  readonly settings: readonly Setting[];
  readonly plan: Plan;
}

function JobForm({ models, first }: { readonly models: readonly Model[]; first: JobFields }) {
  const [fields, setFields] = useState(() => withModel(first, models, first.model));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [preview, setPreview] = useState<Preview>();
  const [busy, setBusy] = useState(false);
  const maySubmit = useMay('submit');
  const model = models.find(({ name }) => name === fields.model);
  useEffect(() => setPreview(undefined), [fields]);
  useEffect(() => focusFirstError(errors), [errors]);
  const send = async (what: (request: object) => Promise<void>): Promise<void> => {
    const { request, errors: found } = requestOf(fields, model);
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await what(request);
    } catch (error) {
      setErrors(errorsOf(error, fields, request.inputs));
    } finally {
      setBusy(false);
    }
  };
  const submit = (): Promise<void> =>
    send(async (request) => {
      location.hash = hrefOf({ page: 'job', job: await sampler.submit(request) });
    });
  const plan = (): Promise<void> =>
    send(async (request) => setPreview(await sampler.plan(request)));
  const onModel = (name: string): void => setFields(withModel(fields, models, name));
  return (
    <form
      class="job-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {errors[''] !== undefined && <Trouble>{errors['']}</Trouble>}
      <JobFieldset {...{ fields, setFields, errors, models, model, onModel }} />
      <div class="form-end">
        <button class="button primary" disabled={busy || !maySubmit}>
          Submit
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => void plan()}>
          Show the plan
        </button>
        {!maySubmit && (
          <span class="quiet">This token may not submit jobs: it lacks the scope “submit”.</span>
        )}
      </div>
      {preview && (
        <Panel title="Plan">
          <PlanTable settings={preview.settings} plan={preview.plan} />
        </Panel>
      )}
    </form>
  );
}

function withModel(fields: JobFields, models: readonly Model[], wanted: string): JobFields {
  const model = models.find(({ name }) => name === wanted) ?? models[0];
  if (!model) return fields;
  const inputs = model.conditions.map((condition): [name: string, typed: string] => [
    condition.name,
    inputFor(condition, fields.inputs[condition.name]),
  ]);
  const solver = model.solver !== '' && fields.model === '' ? model.solver : fields.solver;
  return { ...fields, model: model.name, solver, inputs: Object.fromEntries(inputs) };
}

function errorsOf(error: unknown, fields: JobFields, sent: readonly InputValue[]): FieldErrors {
  const trouble = troubleOf(error) ?? 'the coordinator does not answer; nothing was submitted';
  const known = error instanceof CallError && /^(INVALID_REQUEST|UNKNOWN_MODEL)$/.test(error.code);
  return { [known ? fieldOfMessage(trouble, fields, sent) : '']: trouble };
}

function focusFirstError(errors: FieldErrors): void {
  if (Object.keys(errors).length === 0) return;
  document.querySelector<HTMLElement>('.job-form [aria-invalid="true"]')?.focus();
}
