#version 450
// Writes what a lane knows of its subgroup, as (size, subgroups of the
// workgroup, lane, the neighbour's lane by shuffle).
#extension GL_KHR_shader_subgroup_shuffle : require
layout(local_size_x_id = 0) in;
layout(binding = 0) writeonly buffer Dst { uvec4 dst[]; };

void main() {
    uint lane = gl_SubgroupInvocationID;
    dst[gl_GlobalInvocationID.x] = uvec4(gl_SubgroupSize, gl_NumSubgroups, lane, subgroupShuffleXor(lane, 1));
}
