// Calls both npm clients as their documents say; only the host of their requests is another one.
// node clients.cjs URL KEY TEXT
const [url, key, text] = process.argv.slice(2);
const GOOGLE = 'https://commentanalyzer.googleapis.com';

function redirected(name) {
  const axios = require(require.resolve('axios', { paths: [require.resolve(name)] }));
  axios.interceptors.request.use((config) => {
    config.url = config.url.replace(GOOGLE, url);
    return config;
  });
  return require(name);
}

const Perspective = redirected('perspective-api-client');
const { Client } = redirected('@conversationai/perspectiveapi-js-client');
const refused = (promise) => promise.then(() => 'answered', (error) => String(error.message));

(async () => {
  const one = new Perspective({ apiKey: key });
  const other = new Client(key);
  console.log(JSON.stringify({
    'perspective-api-client': await one.analyze(text, { attributes: ['toxicity', 'identity_attack'] }),
    'perspective-api-client refused': await refused(one.analyze(text, { attributes: ['SPAM'] })),
    'perspectiveapi-js-client': await other.getScores(text, { attributes: ['TOXICITY'] }),
    'perspectiveapi-js-client refused': await refused(other.getScores(text)),
  }));
})();
