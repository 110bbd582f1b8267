#version 450
// Where the devices of a crew wait for each other (crew.go). Words: of all devices
// how often they came, and whether one gave up; from APART on a device's own, APART
// each: how often all must have come, and from GROUPS on the workgroups of its second
// and third dispatch, 4 words each, of which this sets the first. In the first dispatch
// a device comes, and waits for a while. Where that is too short it goes on waiting in
// the others, whose workgroups each wait as long: Mesa ends a shader's loops after
// 65,535 rounds.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) coherent buffer Words { uint word[]; };
layout(push_constant) uniform Push {
    uint device;
    uint devices;
    uint dispatch; // 0, 1, 2
    uint last;     // workgroup of the dispatch
    uint next;     // workgroups of the next one, where all have not come
};

const uint APART = 16; // words of a cache line
const uint GROUPS = 4;
const uint LOOKS = 60000;

void main() {
    if (gl_LocalInvocationIndex > 0) return;
    uint own = APART * (1 + device), all;
    if (dispatch == 0) {
        all = (atomicAdd(word[0], 1) / devices + 1) * devices;
        word[own] = all;
    } else {
        all = word[own];
    }
    bool done = false;
    for (uint i = 0; i < LOOKS && !done; i++) {
        memoryBarrierBuffer();
        done = word[0] >= all || word[1] != 0;
    }
    if (dispatch == 0) {
        word[own + GROUPS] = done ? 0 : next;
        word[own + GROUPS + 4] = 0;
    } else if (!done && gl_WorkGroupID.x == last) {
        if (dispatch == 1) word[own + GROUPS + 4] = next;
        else word[1] = 1;
    }
}
