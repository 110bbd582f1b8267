#version 450
// Reads all texels once: dst[lane of all] = the sum of the words in its share.
// Each workgroup reads a contiguous part, its lanes neighbouring texels.
layout(local_size_x_id = 0) in;
layout(binding = 0) uniform usamplerBuffer src;
layout(binding = 1) writeonly buffer Dst { uint dst[]; };
layout(push_constant) uniform Push { uint texels; }; // of a lane, a multiple of 8

void main() {
    uint lanes = gl_WorkGroupSize.x;
    int at = int(gl_WorkGroupID.x * texels * lanes + gl_LocalInvocationID.x);
    uvec4 sum = uvec4(0);
    for (uint i = 0; i < texels; i += 8) {
        for (uint j = 0; j < 8; j++) sum += texelFetch(src, at + int(j * lanes));
        at += int(8 * lanes);
    }
    dst[gl_GlobalInvocationID.x] = sum.x + sum.y + sum.z + sum.w;
}
