/** What is shown instead of any page where the caller is not known. */
import { useState } from 'preact/hooks';
import { call, CallError } from '../api/http.ts';
import { currentToken, keepToken } from '../api/token.ts';

export function TokenPage({ onToken }: { readonly onToken: () => void }) {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(currentToken() !== undefined);
  const attempt = async (): Promise<void> => {
    keepToken(typed.trim());
    try {
      await call('v1/whoami');
      onToken();
    } catch (error) {
      if (error instanceof CallError && error.code === 'UNAUTHENTICATED') setWrong(true);
      else onToken();
    }
  };
  return (
    <main class="token-page" id="main">
      <h1>Who is there?</h1>
      <p>
        This coordinator answers only those who have a token. On its machine, the operator's is in
        the data folder:
      </p>
      <code class="command">cat isochron-data/token</code>
      <p>
        <code>isochron up</code> and <code>isochron coordinator</code> also print an address with
        the token in it. Others get theirs from the operator: <code>isochron token create</code>.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void attempt();
        }}
      >
        <div class="field">
          <label for="token">token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            spellcheck={false}
            value={typed}
            aria-invalid={wrong}
            aria-describedby="about-token"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <small id="about-token" class={wrong ? 'hint wrong' : 'hint'}>
            {wrong
              ? 'The coordinator does not know this token, or it has expired.'
              : 'Kept for this tab only.'}
          </small>
        </div>
        <button class="button primary" disabled={typed.trim() === ''}>
          Continue
        </button>
      </form>
    </main>
  );
}
