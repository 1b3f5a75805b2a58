<?php
/*
 * With the plugin: the pings themselves. In the single.php of a theme, below the_content(); in a block theme, and in a post,
 * a block "Shortcode" with [tb_trackbacks] does the same.
 */
if (function_exists('tb_trackback_pings')) {
    echo tb_trackback_pings();
}
?>
