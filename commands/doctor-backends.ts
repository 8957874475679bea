// A check of `flow doctor`: the backends of this machine, as JSON.
import { surveyBackends } from '../src/ml/backend/survey.ts';

process.stdout.write(`${JSON.stringify({ checks: await surveyBackends() })}\n`);
