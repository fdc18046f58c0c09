// Judges documents with the tools that others will use: ASYNCAPI FOLDER_OF_SCHEMAS…
// Prints what they say, one line each; exit 1 when that is anything.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";

const require = createRequire(import.meta.url);
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const [asyncapi, ...folders] = process.argv.slice(2);
let said = 0;

function say(...words) {
  console.log(...words);
  said += 1;
}

// Warnings count; information (severity 2 and 3) is about documents that could say more.
const { document, diagnostics } = await new Parser().parse(readFileSync(asyncapi, "utf8"));
for (const each of diagnostics) say(asyncapi, each.path.join("."), each.severity, each.message);
if (document === undefined) say(asyncapi, "cannot be read");

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
for (const folder of folders) {
  for (const name of readdirSync(folder)) {
    const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
    addFormats(ajv);
    try {
      const schema = read(join(folder, name));
      const validate = ajv.compile(schema);
      for (const example of schema.examples ?? []) {
        if (!validate(example)) say(name, "its example:", ajv.errorsText(validate.errors));
      }
    } catch (error) {
      say(join(folder, name), error.message);
    }
  }
}
process.exit(said === 0 ? 0 : 1);
