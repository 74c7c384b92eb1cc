create or replace package body crm_funnel
is
   co_scope     constant varchar2(130 char) := 'crm_funnel.';
   co_max_stage constant pls_integer := 50;

   procedure assert_move(
      in_record_key in crm_records.record_key%type,
      in_stage      in crm_stages.name%type
   )
   is
      l_stage crm_records.agreed_stage%type;
      l_moves pls_integer;
   begin
      select r.agreed_stage
        into l_stage
        from crm_records r
       where r.record_key = in_record_key;
      select count(*)
        into l_moves
        from crm_stage_moves m
       where m.to_stage = in_stage
         and m.from_stage = coalesce(l_stage, m.from_stage);
      if l_moves = 0 then
         crm_err.raise_error(
            in_number => crm_err.co_stage_not_allowed,
            in_detail => 'record ' || in_record_key || ', from ' || l_stage || ' to ' || in_stage
         );
      end if;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_record,
            in_detail => in_record_key
         );
   end assert_move;

   procedure announce(
      in_record_key in crm_records.record_key%type,
      in_message    in varchar2,
      in_by         in varchar2
   )
   is
      co_record_keys constant crm_record_keys_ct := crm_record_keys_ct(in_record_key);
      t_event_ids    crm_ids_ct;
      t_versions     crm_ids_ct;
   begin
      crm_outbox.append(
         in_record_keys => co_record_keys,
         in_origin      => crm_types.co_origin_request,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => co_record_keys,
         in_versions    => t_versions
      );
      crm_log.info(
         in_scope   => co_scope || 'announce',
         in_message => in_message,
         in_context => crm_log.pair(in_name => 'record_key', in_value => in_record_key) || ','
                       || crm_log.pair(in_name => 'by', in_value => in_by)
      );
   end announce;

   -- The name as crm_stages spells it; as given when it is not there.
   function known_name(in_stage in varchar2) return crm_stages.name%type
   is
      co_wanted constant crm_types.value_type := crm_rules.canonical(in_text => in_stage);
   begin
      <<stages>>
      for r_stage in (
         select s.name
           from crm_stages s
      ) loop
         if crm_rules.canonical(in_text => r_stage.name) = co_wanted then
            return r_stage.name;
         end if;
      end loop stages;
      return substr(in_stage, 1, co_max_stage);
   end known_name;

   procedure request_stage(
      in_record_key in crm_records.record_key%type,
      in_stage      in varchar2,
      in_by         in varchar2
   )
   is
      co_stage constant crm_stages.name%type := known_name(in_stage => in_stage);
   begin
      assert_move(
         in_record_key => in_record_key,
         in_stage      => co_stage
      );
      update crm_records r
         set r.wanted_stage = co_stage
       where r.record_key = in_record_key;
      announce(
         in_record_key => in_record_key,
         in_message    => 'stage asked for',
         in_by         => in_by
      );
   end request_stage;

   procedure request_discard(
      in_record_key in crm_records.record_key%type,
      in_reason     in varchar2,
      in_by         in varchar2
   )
   is
      l_first crm_stages.name%type;
   begin
      select min(s.name) keep (dense_rank first order by s.position)
        into l_first
        from crm_stages s;
      assert_move(
         in_record_key => in_record_key,
         in_stage      => l_first
      );
      update crm_records r
         set r.wanted_discard = in_reason
       where r.record_key = in_record_key;
      announce(
         in_record_key => in_record_key,
         in_message    => 'discard asked for',
         in_by         => in_by
      );
   end request_discard;
end crm_funnel;
/
