// Holds Kubernetes objects (JSON, a list on standard input) against the schemas of the API's own
// models, and prints what is wrong with them, a line each. The modules lie in the folder that is named.
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
import {readFileSync} from "node:fs";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const packages = {"keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1"};

// The checks that the models come with pass over a key that they do not know. They look at every key
// that they do: what nobody looked at is unknown.
function watched(value, path, unknown) {
    if (value === null || typeof value !== "object")
        return value;
    const seen = new Set(), inner = {};
    unknown.push(() => Array.isArray(value) ? [] :
        Object.keys(value).filter(key => !seen.has(key)).map(key => `${path}/${key} is no key of the API`));
    return new Proxy(value, {
        get(target, key) {
            seen.add(key);
            const found = target[key];
            if (typeof key !== "string" || !Object.hasOwn(target, key) || typeof found !== "object")
                return found;
            return inner[key] ??= watched(found, `${path}/${key}`, unknown);
        },
        ownKeys(target) {
            Object.keys(target).forEach(key => seen.add(key));
            return Reflect.ownKeys(target);
        },
    });
}

for (const object of JSON.parse(readFileSync(0, "utf8"))) {
    const name = `${object.kind} ${object.metadata?.name}`;
    const unknown = [];
    try {
        const models = require(packages[object.apiVersion] ?? `kubernetes-models/${object.apiVersion}`);
        models[object.kind].prototype.validate.call(watched(object, "", unknown));
        unknown.flatMap(each => each()).forEach(each => console.log(`${name}: ${each}`));
    } catch (fault) {
        console.log(`${name}: ${fault.message}`);
    }
}
