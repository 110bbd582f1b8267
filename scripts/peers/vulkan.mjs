// Measures llama.cpp's Vulkan backend at depths, through node-llama-cpp.
//
// Prints a line of JSON when ready; then waits for a line on the standard input
// before each depth and prints one of JSON after it.
//
// With --backend cpu --save it reads the tokens up to the last depth on the CPU
// backend instead and saves their keys and values, and ends. With --load they
// stand for reading up to that depth, which would take hours on a software
// driver; no speed of prefill is given there.
import {parseArgs} from "node:util";
import {createInterface} from "node:readline";
import {getLlama, getModuleVersion, LlamaLogLevel} from "node-llama-cpp";

const {values: options} = parseArgs({options: {
    model: {type: "string"},
    depth: {type: "string"}, // tokens in the cache at which to measure, rising, with commas
    decode: {type: "string", default: "4"}, // tokens to decode behind each depth
    backend: {type: "string", default: "vulkan"},
    threads: {type: "string", default: "2"},
    flash: {type: "string", default: "off"},
    save: {type: "string"}, // file
    load: {type: "string"}, // file
}});
const depths = options.depth.split(",").map(Number);
const last = depths[depths.length - 1];
const steps = Number(options.decode);

const llama = await getLlama({
    gpu: options.backend === "cpu" ? false : options.backend, build: "never", logLevel: LlamaLogLevel.warn,
    logger: (level, message) => console.error(level, message.trimEnd()),
    maxThreads: Number(options.threads), vramPadding: 0,
});
if (options.backend !== "cpu" && llama.gpu !== options.backend)
    throw new Error(`node-llama-cpp took ${llama.gpu || "the CPU"} instead of ${options.backend}`);
const model = await llama.loadModel({modelPath: options.model, gpuLayers: options.backend === "cpu" ? 0 : "max", ignoreMemorySafetyChecks: true});
const context = await model.createContext({
    contextSize: last + (steps + 2) * depths.length + 1, batchSize: 512, flashAttention: options.flash === "on",
    threads: {ideal: Number(options.threads), min: Number(options.threads)}, ignoreMemorySafetyChecks: true,
});
const sequence = context.getSequence();

// Any tokens do; those below 1,000 are rare or control ones in most vocabularies.
const token = (position) => 1000 + (7919 * position) % 40000;
const tokens = (from, to) => Array.from({length: to - from}, (_, i) => token(from + i));
const now = () => performance.now() / 1000;

async function read(to) {
    const begin = now();
    while (sequence.nextTokenIndex < to) {
        const from = sequence.nextTokenIndex;
        await sequence.evaluateWithoutGeneratingNewTokens(tokens(from, Math.min(from + 512, to)));
        console.error(`${sequence.nextTokenIndex} of ${last} tokens`);
    }
    return now() - begin;
}

// decode gives the seconds of each of n steps, with logits and greedy choice.
async function decode(n) {
    const seconds = [];
    let begin = now();
    for await (const _ of sequence.evaluate([token(sequence.nextTokenIndex)], {temperature: 0, yieldEogToken: true})) {
        seconds.push(now() - begin);
        if (seconds.length === n) break;
        begin = now();
    }
    if (seconds.length < n) throw new Error(`the model ended after ${seconds.length} tokens`);
    return seconds;
}

if (options.save) {
    await read(last);
    await sequence.saveStateToFile(options.save);
    process.exit(0);
}

// Kernels are compiled in this one.
await read(Math.min(64, last));
await decode(2);
await sequence.clearHistory();

console.log(JSON.stringify({
    version: await getModuleVersion(), release: (await llama.llamaCppRelease)?.release,
    device: (await llama.getGpuDeviceNames()).join(", "), backend: llama.gpu || "cpu",
}));
let tokensRead = 0, seconds = 0;
const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
for (const depth of depths) {
    if ((await lines.next()).done) throw new Error("the standard input has no line for the next depth");
    const result = {depth};
    if (options.load && depth === last) {
        await sequence.clearHistory();
        await sequence.loadStateFromFile(options.load, {acceptRisk: true});
    } else {
        tokensRead += depth - sequence.nextTokenIndex;
        seconds += await read(depth);
        result.mean_prefill_tokens_per_second = tokensRead / seconds;
    }
    const times = (await decode(steps + 1)).slice(1).sort((a, b) => a - b);
    result.decode_tokens_per_second = 2 / (times[(times.length - 1) >> 1] + times[times.length >> 1]);
    console.log(JSON.stringify(result));
}
process.exit(0);
